/** What all typed arrays inherit from; Proxies of them too. */
export const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;

/** The getter of a property, as it is when the library is loaded: what a view says of itself need not be true. */
export function getterOf(prototype: object, key: string): (this: object) => unknown {
  const property = Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor;
  return Reflect.get(property, 'get') as (this: object) => unknown;
}

const byteLength = getterOf(TypedArray.prototype, 'byteLength') as (this: object) => number;

/** Bytes of a typed array that are there. */
export function byteLengthOf(view: Uint8Array): number {
  return byteLength.call(view);
}
