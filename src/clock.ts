/**
 * The event loop as it is when the library is loaded: tests replace timers, and what waits for the disk must not wait
 * for them.
 */
export const { queueMicrotask: soon, setImmediate: later } = globalThis;
