import { finished, Writable } from 'node:stream';

import type { Block } from './block.js';

interface Waiting {
  readonly until: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const nothing = (): void => undefined;

/**
 * Whether what is written may still be in use when its write has called back: what can be read as well hands it on as it is, or
 * as much later as it likes. Not so a socket. A response of http2 is a stream of its session's socket, which outlives it.
 */
async function handsOn(writable: NodeJS.WritableStream): Promise<boolean> {
  if (!('read' in writable)) return !(writable instanceof Writable) && isOfSession(writable);
  // Not before it is needed: it would be a good part of the library's start.
  const { Socket } = await import('node:net');
  return !(writable instanceof Socket);
}

function isOfSession(writable: object): boolean {
  const { stream } = writable as { stream?: { session?: unknown } };
  return stream?.session !== undefined;
}

/** A writable stream that blocks are written to: each goes back to its pool when its write is done. */
export class Sink {
  readonly #writable: NodeJS.WritableStream;
  readonly #failing: (error: unknown) => void;
  /** What the writable still has. */
  readonly #held = new Set<Block>();
  readonly #unwatch: () => void;
  /** Whether the writable gets copies, which are its to keep; undefined before the first write. */
  #copies: boolean | undefined;
  #full = false;
  #finished = false;
  /** It has failed, or was destroyed with an error: that is an event which follows. */
  #broken = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: Waiting | undefined;

  /**
   * For `copies` see {@link PipeOptions.copy}; undefined: as the writable needs it. `failing` is called once, as soon as
   * that fails or closes before its end.
   */
  constructor(writable: NodeJS.WritableStream, copies: boolean | undefined, failing: (error: unknown) => void) {
    this.#writable = writable;
    this.#failing = failing;
    this.#copies = copies;
    writable.on('drain', this.#drained);
    const unwatch = finished(writable, { readable: false }, (error) => {
      this.#finished = true;
      if (error) this.#break(error);
      // Ended by somebody else while it was full it does not drain: what is written to it now is told so.
      else this.#drained();
    });
    // Of Node's own kind each tells the end of every write, however it ends; a response of http forgets what it had not begun.
    if (!(writable instanceof Writable)) writable.once('close', this.#forgotten);
    this.#unwatch = () => {
      unwatch();
      writable.off('drain', this.#drained);
    };
  }

  /** Settles when the writable wants more. */
  async write(block: Block): Promise<void> {
    const copies = (this.#copies ??= await handsOn(this.#writable));
    if (this.#failure !== undefined) {
      block.release();
      throw this.#failure.error;
    }
    this.#held.add(block);
    let more: boolean;
    try {
      const bytes = copies ? Buffer.from(block.buffer) : block.buffer;
      more = this.#writable.write(bytes, (error) => {
        this.#giveBack(block);
        if (error) this.#break(error);
        else this.#wake();
      });
    } catch (error) {
      this.#giveBack(block);
      throw error;
    }
    this.#full = !more;
    await this.#until(() => !this.#full);
  }

  /** Settles when every block was written; where the writable is to be ended, when it has finished. */
  async end(close: boolean): Promise<void> {
    if (close && this.#failure === undefined) this.#writable.end();
    await this.#until(() => this.#held.size === 0 && (this.#finished || !close));
  }

  /** Whoever waits is told the error. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#wake();
    this.#failing(error);
  }

  #break(error: unknown): void {
    this.#broken = true;
    this.fail(error);
  }

  /** Ends the writable with the error. */
  destroy(error: unknown): void {
    const { destroy } = this.#writable as { destroy?: (error: unknown) => void };
    if (typeof destroy !== 'function') return;
    this.#broken = true;
    destroy.call(this.#writable, error);
  }

  /** Looks no longer at the writable, but for blocks that it still has. */
  leave(): void {
    // An error that a write has told is an event only after that.
    if (this.#broken) this.#writable.on('error', nothing);
    else if (this.#held.size === 0) this.#writable.off('close', this.#forgotten);
    this.#unwatch();
  }

  async #until(condition: () => boolean): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (condition()) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { until: condition, resolve, reject };
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || (this.#failure === undefined && !waiting.until())) return;
    this.#waiting = undefined;
    if (this.#failure === undefined) waiting.resolve();
    else waiting.reject(this.#failure.error);
  }

  #giveBack(block: Block): void {
    this.#held.delete(block);
    block.release();
  }

  readonly #drained = (): void => {
    this.#full = false;
    this.#wake();
  };

  readonly #forgotten = (): void => {
    for (const block of this.#held) this.#giveBack(block);
    this.#wake();
  };
}
