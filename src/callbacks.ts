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
  // Never shortened: an emptied list gives its memory back, and the next push allocates anew. They hold as many as were due at once.
  readonly #callbacks: (Callback | undefined)[] = [];
  readonly #errors: (Error | null)[] = [];
  readonly #bytes: number[] = [];
  readonly #buffers: unknown[] = [];
  #count = 0;

  add(callback: Callback, error: Error | null, bytes: number, buffer: unknown): void {
    const index = this.#count++;
    this.#callbacks[index] = callback;
    this.#errors[index] = error;
    this.#bytes[index] = bytes;
    this.#buffers[index] = buffer;
    if (index === 0) void afterThis(this.#run);
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
    const due = this.#count;
    for (let index = 0; index < due; index++) this.#call(index);
    this.#removeFirst(due);
    // What is due since then by these calls themselves: where each is refused and tried again, others have their turn.
    if (this.#count > 0) later(this.#run);
  };

  #removeFirst(count: number): void {
    const end = this.#count;
    this.#count -= count;
    this.#callbacks.copyWithin(0, count, end).fill(undefined, this.#count, end);
    this.#errors.copyWithin(0, count, end).fill(null, this.#count, end);
    this.#bytes.copyWithin(0, count, end);
    this.#buffers.copyWithin(0, count, end).fill(undefined, this.#count, end);
  }

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
