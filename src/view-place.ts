/** What all typed arrays inherit from; Proxies of them too. */
export const TypedArray = Object.getPrototypeOf(Uint8Array) as typeof Uint8Array;

/** Where a view lies. */
export type ViewPlace = [memory: ArrayBuffer, offset: number, length: number];

interface Getters {
  readonly buffer: (this: object) => ArrayBuffer;
  readonly byteOffset: (this: object) => number;
  readonly byteLength: (this: object) => number;
}

/** As they are when the library is loaded: what a view says of itself need not be true. */
function gettersOf(prototype: object): Getters {
  const getter = (key: keyof Getters): unknown => {
    return Reflect.get(Object.getOwnPropertyDescriptor(prototype, key) as PropertyDescriptor, 'get');
  };
  const getters: unknown = {
    buffer: getter('buffer'),
    byteOffset: getter('byteOffset'),
    byteLength: getter('byteLength'),
  };
  return getters as Getters;
}

const OF_TYPED_ARRAY = gettersOf(TypedArray.prototype);
const OF_DATA_VIEW = gettersOf(DataView.prototype);

/** Bytes of a typed array that are there. */
export function byteLengthOf(view: Uint8Array): number {
  return OF_TYPED_ARRAY.byteLength.call(view);
}

/** Where a typed array lies, whatever it says. */
export function placeOf(view: Uint8Array): ViewPlace {
  return placeBy(OF_TYPED_ARRAY, view);
}

/** The same of a view of any kind. */
export function placeOfAny(view: ArrayBufferView): ViewPlace {
  return placeBy(view instanceof DataView ? OF_DATA_VIEW : OF_TYPED_ARRAY, view);
}

function placeBy(getters: Getters, view: object): ViewPlace {
  return [getters.buffer.call(view), getters.byteOffset.call(view), getters.byteLength.call(view)];
}
