import { errorMonitor } from 'node:events';
import { addAbortSignal, Writable } from 'node:stream';

import { illegalConstructor } from '../errors.js';
import type { Opened, WriteSource } from './write-source.js';
import type { WriteStreamChoice } from './write-stream-options.js';
import { WriteBehind } from './write-behind.js';

/** What only this module constructs streams with. */
const KEY = Symbol('WriteStream');

type Callback = (error?: Error | null) => void;

/** What a chunk that was not written is told when its stream is destroyed. */
function destroyed(): Error {
  const error = new Error('Cannot call write after a stream was destroyed');
  return Object.assign(error, { code: 'ERR_STREAM_DESTROYED' });
}

/**
 * Writes a file past the page cache, with the options and events of `fs.WriteStream`.
 *
 * Chunks are copied into aligned blocks, and a chunk's callback is called when it is copied; a few blocks are written at the same time.
 * What was copied is in the file 50 ms later, unless the device is slower, at 'finish', and at 'close' also after `destroy`
 * and an abort. An error of a write destroys the stream, possibly after the callbacks of its chunks were called. Then nothing
 * is in the file behind the failed write that was not there before, as far as it can be cut off. Durable at 'finish' with
 * `flush`, otherwise not.
 */
export class WriteStream extends Writable {
  readonly #source: WriteSource;
  readonly #choice: WriteStreamChoice;
  #opened: Opened | undefined;
  #behind: WriteBehind | undefined;
  #autoClose: boolean;
  /** Lets the file be closed. */
  #leave: () => void = () => undefined;

  private constructor(key: symbol, source: WriteSource, choice: WriteStreamChoice) {
    if (key !== KEY) throw illegalConstructor();
    const { signal, ...writable } = choice.writable;
    super({ ...writable, autoDestroy: choice.autoClose });
    this.#source = source;
    this.#choice = choice;
    this.#autoClose = choice.autoClose;
    if (choice.encoding !== undefined) this.setDefaultEncoding(choice.encoding);
    if ('opened' in source) this.#attach(source.opened);
    // Not by Writable, which would destroy what is not made yet.
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  /** @internal */
  static of(source: WriteSource, choice: WriteStreamChoice): WriteStream {
    return new WriteStream(KEY, source, choice);
  }

  /** The file's, as it was given. */
  get path(): string {
    return 'path' in this.#source ? this.#source.path : this.#source.opened.file.facts.path;
  }

  /** The descriptor; null while the file is not open. */
  get fd(): number | null {
    return this.#opened === undefined || this.#opened.file.closed ? null : this.#opened.file.facts.fd;
  }

  /** Whether the file has still to be opened. */
  get pending(): boolean {
    return this.#opened === undefined;
  }

  /** As in the options. */
  get start(): number | undefined {
    return this.#choice.behind.start;
  }

  /** Whether the file is closed by itself after 'finish' or an error. */
  get autoClose(): boolean {
    return this.#autoClose;
  }

  /**
   * Bytes that are in the file, from the first on without a gap: fewer than were copied while blocks are in flight, all at
   * 'finish'. After 'close' the stream has changed no byte of the file behind these. Where an error could not be cut off,
   * they may be other bytes than were given from the error's `position` on.
   */
  get bytesWritten(): number {
    return this.#behind?.bytesWritten ?? 0;
  }

  /** Ends the stream and closes the file; `callback` is told of 'close'. */
  close(callback?: Callback): void {
    if (callback !== undefined) {
      if (this.closed) {
        process.nextTick(callback);
        return;
      }
      this.on('close', callback);
    }
    if (this.writableFinished || this.errored !== null) {
      this.destroy();
      return;
    }
    if (!this.#autoClose) {
      const destroy = (): void => {
        process.nextTick(() => this.destroy());
      };
      // An error counts as unheard all the same.
      this.once('finish', destroy).once(errorMonitor, destroy);
    }
    this.end();
  }

  /** As `end`. */
  destroySoon(): void {
    this.end();
  }

  /** @internal */
  override _construct(callback: Callback): void {
    if ('opened' in this.#source) {
      callback();
      return;
    }
    // In calls of their own: what a listener throws is uncaught, and no rejection.
    const opened = (file: Opened): void => {
      this.#attach(file);
      callback();
      this.emit('open', this.fd);
      this.emit('ready');
    };
    this.#source.open().then(
      (file) => {
        process.nextTick(opened, file);
      },
      (error: unknown) => {
        process.nextTick(callback, error);
      },
    );
  }

  /** @internal */
  override _write(chunk: Uint8Array, _encoding: BufferEncoding, callback: Callback): void {
    this.#behind!.push([chunk], callback);
  }

  /** @internal */
  override _writev(chunks: readonly { chunk: Uint8Array }[], callback: Callback): void {
    this.#behind!.push(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  /** @internal */
  override _final(callback: Callback): void {
    told(this.#finish(), callback);
  }

  /** @internal */
  override _destroy(error: Error | null, callback: Callback): void {
    told(this.#end(error), callback);
  }

  #attach(opened: Opened): void {
    this.#opened = opened;
    this.#behind = new WriteBehind(opened.file, this.#choice.behind, (error) => {
      if (this.#autoClose) process.nextTick(() => this.destroy(error));
    });
    this.#leave = opened.file.keepOpen(this, closeStream);
  }

  async #finish(): Promise<void> {
    await this.#behind?.flush();
    if (this.#choice.flush) await this.#opened?.sync();
    // Whoever keeps it open may close it from now on.
    if (!this.#autoClose) this.#leave();
  }

  async #end(error: Error | null): Promise<void> {
    const failure = await this.#behind?.stop(error ?? destroyed());
    this.#leave();
    const unclosed = await this.#opened?.close().then(nothing, (reason: unknown) => reason as Error);
    const first = error ?? failure ?? unclosed;
    if (first !== undefined) throw first;
  }
}

/** By itself: a function made in the stream would keep that from being collected. */
function closeStream(stream: WriteStream): void {
  stream.close();
}

const nothing = (): undefined => undefined;

/** Tells a callback of an end, in a call of its own. */
function told(end: Promise<void>, callback: Callback): void {
  end.then(
    () => {
      process.nextTick(callback);
    },
    (error: unknown) => {
      process.nextTick(callback, error);
    },
  );
}
