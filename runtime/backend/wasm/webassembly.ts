/**
 * What is used of JavaScript's WebAssembly interface; the compiler's library has it for browsers only. Interfaces and
 * variables merge with other declarations of the same.
 */
declare global {
  namespace WebAssembly {
    interface Module {}
    interface Instance {
      readonly exports: Readonly<Record<string, unknown>>;
    }
    interface Memory {
      readonly buffer: ArrayBuffer;
      grow(pages: number): number;
    }
    interface Constructors {
      readonly Module: new (bytes: Uint8Array) => Module;
      readonly Instance: new (
        module: Module,
        imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
      ) => Instance;
      readonly Memory: new (descriptor: { readonly initial: number; readonly maximum: number }) => Memory;
    }
    var Module: Constructors["Module"];
    var Instance: Constructors["Instance"];
    var Memory: Constructors["Memory"];
    function validate(bytes: Uint8Array): boolean;
  }
}

export {};
