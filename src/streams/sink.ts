import { finished, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { prematureClose } from '../errors.js';
import type { Block } from './block.js';
import { connectionBefore, onClose } from './connection.js';
import { customOf, sessionOf, type Custom } from './custom.js';

interface Waiting {
  readonly until: () => boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Between two looks at what tells nothing, in milliseconds. */
const LOOK_MS = 5;

const nothing = (): void => undefined;

/** What a writable says of its own state, where it does. */
interface State {
  readonly destroyed?: boolean;
  readonly errored?: unknown;
  readonly writableLength?: number;
  readonly socket?: unknown;
  readonly stream?: { readonly rstCode?: number };
}

/** A writable stream that blocks are written to: each goes back to its pool when its write is done. */
export class Sink {
  readonly #writable: NodeJS.WritableStream;
  readonly #failing: (error: unknown) => void;
  /** Blocks that the writable still has. */
  readonly #held = new Set<Block>();
  /** Writes that have not called back, of those that do. */
  #pending = 0;
  readonly #unwatch: () => void;
  /** Whether it asked for copies, or to have none. */
  readonly #copies: boolean | undefined;
  /** Undefined before the first write. */
  #custom: Custom | undefined;
  /** Whether it is a response of http2, which has a session no longer when it has ended. */
  readonly #ofSession: boolean;
  #full = false;
  #finished = false;
  /** It has failed, or was destroyed with an error: that is an event, which follows or was there. */
  #broken = false;
  #toldError = false;
  #left = false;
  #failure: { readonly error: unknown } | undefined;
  #waiting: Waiting | undefined;
  #unwatchConnection = nothing;

  /**
   * For `copies` see {@link PipeOptions.copy}; undefined: as the writable needs it. `failing` is called once, as soon as
   * that fails or closes before its end.
   */
  constructor(writable: NodeJS.WritableStream, copies: boolean | undefined, failing: (error: unknown) => void) {
    this.#writable = writable;
    this.#failing = failing;
    this.#copies = copies;
    writable.on('drain', this.#drained);
    writable.on('error', this.#errs);
    const unwatch = finished(writable, { readable: false }, (error) => {
      this.#finished = true;
      // A response that http2 has reset says that it has finished.
      const failure = error ?? (this.#isReset() ? prematureClose() : undefined);
      if (failure) this.#break(failure);
      // Ended by somebody else while it was full it does not drain: what is written to it now is told so.
      else this.#drained();
    });
    // Of Node's own kind each tells the end of every write, however it ends; a response of http forgets what it had not begun.
    if (!(writable instanceof Writable)) writable.once('close', this.#forgotten);
    this.#ofSession = sessionOf(writable) !== undefined;
    const connection = connectionBefore(writable);
    if (connection !== undefined) this.#unwatchConnection = onClose(connection, this.#disconnected);
    this.#unwatch = () => {
      unwatch();
      writable.off('drain', this.#drained);
      writable.off('error', this.#errs);
    };
  }

  /** Settles when the writable wants more. */
  async write(block: Block): Promise<void> {
    this.#custom ??= await customOf(this.#writable);
    if (this.#failure !== undefined) {
      block.release();
      throw this.#failure.error;
    }
    const copies = this.#copies ?? this.#custom.handsOn;
    // Who asks for no copies says that there are callbacks.
    const callsBack = this.#custom.callsBack || !copies;
    const bytes = copies ? Buffer.from(block.buffer) : block.buffer;
    if (copies) block.release();
    else this.#held.add(block);
    if (callsBack) this.#pending++;
    // Before the write, which may drain within the call.
    this.#full = true;
    try {
      const more: unknown = this.#writable.write(bytes, (error) => {
        this.#written(block, error);
      });
      // One that says nothing has taken it: Node waits for none but false.
      if (more !== false) this.#full = false;
    } catch (error) {
      this.#pending = 0;
      this.#giveBack(block);
      throw error;
    }
    await this.#until(() => !this.#full);
  }

  /** Settles when everything was written; where the writable is to be ended, when it has finished. */
  async end(close: boolean): Promise<void> {
    if (close && this.#failure === undefined) this.#writable.end();
    else if (this.#custom?.callsBack === false) await this.#emptied();
    await this.#until(() => this.#pending === 0 && (this.#finished || !close));
  }

  /** Of one that calls no write back, as far as it says what it still has. */
  async #emptied(): Promise<void> {
    while (this.#failure === undefined) {
      const { destroyed, errored, writableLength = 0 } = this.#writable as State;
      // Its events may come when it has closed what is below it.
      if ((errored ?? undefined) !== undefined || (destroyed === true && !this.#finished)) {
        this.#break(errored ?? prematureClose());
        return;
      }
      if (writableLength === 0) return;
      await delay(LOOK_MS, undefined, { ref: false });
    }
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
    this.#left = true;
    // An error that a write has told is an event only after that.
    if (this.#broken && !this.#toldError) this.#awaitError();
    this.#unwatch();
    this.#forget();
  }

  #awaitError(): void {
    const writable = this.#writable;
    writable.once('error', nothing);
    // Of one that lives on it comes at once, or not at all.
    if ((writable as State).destroyed !== true) setImmediate(() => writable.off('error', nothing));
  }

  /** Whoever has left needs no news of a writable that has nothing of his. */
  #forget(): void {
    if (!this.#left || this.#held.size > 0) return;
    this.#writable.off('close', this.#forgotten);
    this.#unwatchConnection();
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

  #written(block: Block, error: unknown): void {
    this.#pending = Math.max(0, this.#pending - 1);
    this.#giveBack(block);
    const { destroyed, errored } = this.#writable as State;
    if (error) this.#break(error);
    // One that was destroyed meanwhile may say so by nothing else.
    else if (destroyed === true && !this.#finished) this.#break(errored ?? prematureClose());
    else this.#wake();
  }

  #giveBack(block: Block): void {
    if (!this.#held.delete(block)) return;
    block.release();
    this.#forget();
  }

  #isReset(): boolean {
    const { stream } = this.#writable as State;
    return this.#ofSession && (stream?.rstCode ?? 0) !== 0;
  }

  readonly #errs = (): void => {
    this.#toldError = true;
  };

  readonly #drained = (): void => {
    this.#full = false;
    this.#wake();
  };

  readonly #forgotten = (): void => {
    this.#pending = 0;
    for (const block of this.#held) this.#giveBack(block);
    this.#wake();
  };

  readonly #disconnected = (): void => {
    if (this.#finished || (this.#writable as State).socket !== null) return;
    this.#forgotten();
    this.#break(prematureClose());
  };
}
