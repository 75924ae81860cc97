/** Gives an object a property that is not listed, whatever all objects have come to inherit. */
export function hide(object: object, key: symbol, value: unknown): void {
  Object.defineProperty(object, key, { __proto__: null, value } as PropertyDescriptor);
}
