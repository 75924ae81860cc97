import { abortError } from './errors.js';

// As they are when the library is loaded: a signal with methods of its own must not break what settles operations.
const addEventListener = Reflect.get<EventTarget, 'addEventListener'>(EventTarget.prototype, 'addEventListener');
const removeEventListener = Reflect.get<EventTarget, 'removeEventListener'>(
  EventTarget.prototype,
  'removeEventListener',
);

const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted') as {
  get(this: AbortSignal): boolean;
};

/** Whether a signal is aborted, as the signal itself has it: one with a getter of its own must not run it in between. */
export function isAborted(signal: AbortSignal | undefined): boolean {
  return signal !== undefined && aborted.get.call(signal);
}

const watched = new WeakMap<AbortSignal, Set<() => void>>();

/** Throws the AbortError of a signal that is aborted already: it would never call back. */
export function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal !== undefined && isAborted(signal)) throw abortError(signal);
}

/**
 * Calls back when the signal aborts, unless the returned function was called before. A signal has one listener,
 * however many operations it is for: Node warns of more than ten.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const callbacks = watched.get(signal) ?? watch(signal);
  callbacks.add(callback);
  return () => {
    callbacks.delete(callback);
    if (callbacks.size === 0) unwatch(signal, callbacks);
  };
}

function watch(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  watched.set(signal, callbacks);
  addEventListener.call(signal, 'abort', tellAborted);
  return callbacks;
}

function unwatch(signal: AbortSignal, callbacks: Set<() => void>): void {
  if (watched.get(signal) !== callbacks) return;
  watched.delete(signal);
  removeEventListener.call(signal, 'abort', tellAborted);
}

function tellAborted(this: AbortSignal): void {
  // Anybody can dispatch an event of that name.
  if (!isAborted(this)) return;
  const callbacks = watched.get(this) ?? new Set();
  unwatch(this, callbacks);
  // The set itself: one may take another back.
  for (const callback of callbacks) callback();
}

/** Rejects as soon as the signal aborts, while `work` runs to its own end. */
export async function untilAborted<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work();
  refuseAborted(signal);
  let forget = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => {
      reject(abortError(signal));
    });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    forget();
  }
}
