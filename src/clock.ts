/**
 * The event loop as it is when the library is loaded: tests replace timers, and what waits for the disk must not wait
 * for them.
 */
export const { queueMicrotask: soon, setImmediate: later } = globalThis;

/** Has an error reported as uncaught, by itself, so that what is under way goes on. */
export function throwUncaught(error: unknown): void {
  soon(() => {
    throw error;
  });
}

const nothing = Promise.resolve();

/**
 * Calls `task`, which must not throw, in a microtask. Node's queueMicrotask makes an AsyncResource of each, at a
 * microsecond; to await costs a tenth of that.
 */
export async function afterThis(task: () => void): Promise<void> {
  await nothing;
  task();
}

/** The loop's other callbacks have their turn. */
export function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => later(resolve, undefined));
}
