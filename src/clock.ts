/**
 * The event loop as it is when the library is loaded: tests replace timers, and what waits for the disk must not wait
 * for them.
 */
export const { queueMicrotask: soon, setImmediate: later } = globalThis;

/** The loop's other callbacks have their turn. */
export function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => later(resolve, undefined));
}
