/** Libraries of native code, and the addresses that it is given. Nothing is loaded until the first is asked for. */
import { createRequire } from "node:module";
import type { TypedArray } from "../../array/dtype.ts";

type Koffi = typeof import("koffi");

let koffi: Koffi | null = null;

/** @throws Error where there is no such package for this system. */
function ffi(): Koffi {
  koffi ??= createRequire(import.meta.url)("koffi") as Koffi;
  return koffi;
}

/** Loaded code. */
export interface NativeLibrary {
  readonly path: string;
  /** A function of an address. @throws Error when the library has none of that name. */
  entry(name: string): (address: number) => number;
}

/** @throws Error when the file is no library. */
export function loadLibrary(path: string): NativeLibrary {
  const library = ffi().load(path);
  return {
    path,
    entry: (name) => library.func(name, "double", ["uint64_t"]),
  };
}

/** Addresses of memory blocks: asking for one takes longer than remembering it. */
const addresses = new WeakMap<ArrayBufferLike, number>();

/** The address of the first byte of storage. It stays the same as long as the storage is alive. */
export function addressOf(data: TypedArray | ArrayBuffer): number {
  // The buffer of a small array moves out of V8's heap when it is asked for, and stays where it is from then on.
  const [buffer, start] = data instanceof ArrayBuffer ? [data, 0] : [data.buffer, data.byteOffset];
  let base = addresses.get(buffer);
  if (base === undefined) {
    base = Number(ffi().address(buffer));
    addresses.set(buffer, base);
  }
  return base + start;
}
