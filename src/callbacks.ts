import { afterThis, later, throwUncaught } from './clock.js';
import { invalidType } from './errors.js';

/** Who is told of the end of one operation, as Node's own callbacks are: an error or null, bytes, the buffer. */
export type Callback = (error: Error | null, bytes: number, buffer: unknown) => void;

/** Checks that it is a function. */
export function callbackOf(value: unknown): Callback {
  if (typeof value !== 'function') throw invalidType('callback', 'of type function', value);
  return value as Callback;
}

/** Calls that are due, one after the other: never from inside a call of the library's. */
export class Callbacks {
  readonly #callbacks: Callback[] = [];
  readonly #errors: (Error | null)[] = [];
  readonly #bytes: number[] = [];
  readonly #buffers: unknown[] = [];

  add(callback: Callback, error: Error | null, bytes: number, buffer: unknown): void {
    this.#callbacks.push(callback);
    this.#errors.push(error);
    this.#bytes.push(bytes);
    this.#buffers.push(buffer);
    if (this.#callbacks.length === 1) void afterThis(this.#run);
  }

  /** Has a callback told of the end of a call that takes several steps. */
  follow(callback: Callback, end: Promise<number>, buffer: unknown): void {
    void end.then(
      (bytes) => {
        this.add(callback, null, bytes, buffer);
      },
      (error: unknown) => {
        this.add(callback, error as Error, 0, buffer);
      },
    );
  }

  readonly #run = (): void => {
    const due = this.#callbacks.length;
    for (let index = 0; index < due; index++) this.#call(index);
    for (const list of [this.#callbacks, this.#errors, this.#bytes, this.#buffers]) list.splice(0, due);
    // What is due since then by these calls themselves: where each is refused and tried again, others have their turn.
    if (this.#callbacks.length > 0) later(this.#run);
  };

  #call(index: number): void {
    try {
      const callback = this.#callbacks[index] as Callback;
      callback(this.#errors[index] as Error | null, this.#bytes[index] as number, this.#buffers[index]);
    } catch (error) {
      // The others are told all the same.
      throwUncaught(error);
    }
  }
}
