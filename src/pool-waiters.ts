import { onAbort } from './abort.js';
import { AioError, abortError } from './errors.js';
import type { AlignedBuffer } from './aligned-buffer.js';
import { LastWords } from './last-words.js';

interface Waiter {
  readonly size: number;
  resolve: (buffer: AlignedBuffer) => void;
  reject: (error: Error) => void;
}

/** How many wait for memory of any pool. */
let waiting = 0;

const unreleased = new LastWords('LINUX_AIO_UNRELEASED', () => {
  if (waiting === 0) return undefined;
  const who = waiting === 1 ? 'one call waits' : `${String(waiting)} calls wait`;
  return `Nothing is left to do, and ${who} for memory of a pool: a block or buffer of it was not given back (release, using)`;
});

/** Those who wait for a pool's memory, in the order in which they came. */
export class PoolWaiters {
  readonly #acquire: (size: number) => AlignedBuffer;
  readonly #waiting: Waiter[] = [];

  /** `acquire` throws `ERR_AIO_POOL_EXHAUSTED` where there is no memory yet. */
  constructor(acquire: (size: number) => AlignedBuffer) {
    this.#acquire = acquire;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Settles when its turn has come and there is memory, or when `signal` aborts. */
  wait(size: number, signal: AbortSignal | undefined): Promise<AlignedBuffer> {
    return new Promise((resolve, reject) => {
      const waiter = { size, resolve, reject };
      this.#waiting.push(waiter);
      waiting++;
      unreleased.watch();
      if (signal !== undefined) this.#leaveOnAbort(waiter, signal);
    });
  }

  /** Memory has come back: as many as there is some for have it. */
  serve(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      try {
        const buffer = this.#acquire(first.size);
        this.#leave(0);
        first.resolve(buffer);
      } catch (error) {
        if (isExhausted(error)) return;
        this.#leave(0);
        first.reject(error as Error);
      }
    }
  }

  /** There will be no memory any more. */
  dismiss(error: Error): void {
    waiting -= this.#waiting.length;
    for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
  }

  #leave(index: number): void {
    this.#waiting.splice(index, 1);
    waiting--;
  }

  #leaveOnAbort(waiter: Waiter, signal: AbortSignal): void {
    const { resolve, reject } = waiter;
    const forget = onAbort(signal, () => {
      this.#leave(this.#waiting.indexOf(waiter));
      reject(abortError(signal));
      // Who comes after may need less.
      this.serve();
    });
    waiter.resolve = (buffer) => {
      forget();
      resolve(buffer);
    };
    waiter.reject = (error) => {
      forget();
      reject(error);
    };
  }
}

export function isExhausted(error: unknown): boolean {
  return error instanceof AioError && error.code === 'ERR_AIO_POOL_EXHAUSTED';
}
