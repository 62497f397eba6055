/** Libraries of native code, and the addresses that it is given. Nothing is loaded until the first is asked for. */
import { createRequire } from "node:module";
import type { TypedArray } from "../../array/dtype.ts";

type Koffi = typeof import("koffi");

let koffi: Koffi | null = null;

/** There is no way from JavaScript to native code on this system. */
export class ForeignCallError extends Error {
  override readonly name = "ForeignCallError";
}

/** @throws ForeignCallError where there is no such package for this system. */
function ffi(): Koffi {
  try {
    koffi ??= createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    throw new ForeignCallError(`the package koffi cannot be loaded: ${firstLine(cause)}`, { cause });
  }
  return koffi;
}

/** Makes the first call of native code come sooner, while there is time; whether it can be called shows later. */
export function prepareCalls(): void {
  try {
    ffi();
  } catch {
    // Whoever loads a library is told.
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0];
}

/** Loaded code. */
export interface NativeLibrary {
  readonly path: string;
  /** A function of an address. @throws Error when the library has none of that name. */
  entry(name: string): (address: number) => number;
}

/** @throws Error when the file is no library; ForeignCallError where none can be called. */
export function loadLibrary(path: string): NativeLibrary {
  const library = ffi().load(path);
  return {
    path,
    entry: (name) => library.func(name, "double", ["uint64_t"]),
  };
}

/** A function of numbers in the C library of this process; null where it has none of that name. */
export function systemFunction(
  name: string,
  parameters: readonly ("int" | "uint64_t")[],
): ((...values: readonly number[]) => number) | null {
  try {
    return ffi()
      .load(null)
      .func(name, "int", [...parameters]);
  } catch {
    return null;
  }
}

/** A library that was made by others. */
export interface OpenLibrary {
  /** Whether it has a function of this name. */
  has(name: string): boolean;
  /** What a function without arguments says. */
  text(name: string): string;
  /** Calls a function of a number. */
  tell(name: string, value: number): void;
}

/** @throws Error when the file is no library; ForeignCallError where none can be called. */
export function openLibrary(path: string): OpenLibrary {
  const library = ffi().load(path);
  return {
    has(name) {
      try {
        library.func(name, "void", []);
        return true;
      } catch {
        return false;
      }
    },
    text: (name) => String(library.func(name, "str", [])()),
    tell(name, value) {
      library.func(name, "void", ["int"])(value);
    },
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
