/** Kept, for the global one may be replaced: by one that makes others meanwhile. */
const { Promise } = globalThis;

/** What the promise that was made last is resolved by: caught by one function for all, since one for each would cost. */
let caught: ((value: unknown) => void) | undefined;

const catchResolve = (resolve: (value: never) => void): void => {
  caught = resolve as (value: unknown) => void;
};

/** A promise for somebody else to settle, by what {@link resolveOfLast} tells of it at once. */
export function unsettled<T>(): Promise<T> {
  return new Promise<T>(catchResolve);
}

/** The resolving function of the promise that {@link unsettled} made last, once: kept, it would keep what the promise is told. */
export function resolveOfLast(): (value: unknown) => void {
  const resolve = caught!;
  caught = undefined;
  return resolve;
}
