import { addAbortSignal, finished, Readable } from 'node:stream';

import { isAborted } from '../abort.js';
import { throwUncaught } from '../clock.js';
import { illegalConstructor } from '../errors.js';
import { ByteReader } from './byte-reader.js';
import { streamManner, streamPlan, type StreamManner } from './read-stream-options.js';
import type { StreamSource } from './source.js';

/** What only this module constructs streams with. */
const KEY = Symbol('ReadStream');

/** Opens the file that a stream is to read. */
export type Opener = () => Promise<StreamSource>;

/** Calls what calls listeners: an error of theirs is uncaught, as it is where Node emits. */
function guarded(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    throwUncaught(error);
  }
}

/**
 * A stream of a file's bytes, in the shape of `fs.ReadStream`, read ahead past the page cache: see
 * {@link DirectFile.createReadStream}. Chunks are the consumer's to keep.
 */
export class ReadStream extends Readable {
  /** As given to what made the stream; of a file's stream the file's. */
  readonly path: string | Buffer;
  /** Bytes that were read for the consumer, those among them that he has not taken yet. */
  bytesRead = 0;
  /** The descriptor, null before the file is open and when it is closed. */
  fd: number | null = null;
  readonly #manner: StreamManner;
  #opener: Opener | undefined;
  #source: StreamSource | undefined;
  #reader: ByteReader | undefined;
  #failure: Error | undefined;

  private constructor(key: symbol, path: string | Buffer, manner: StreamManner, source: StreamSource | Opener) {
    if (key !== KEY) throw illegalConstructor();
    const { autoClose, emitClose, highWaterMark, encoding, signal } = manner;
    super({ highWaterMark, autoDestroy: autoClose, emitClose, ...(encoding && { encoding }) });
    this.path = path;
    this.#manner = manner;
    if (typeof source === 'function') this.#opener = source;
    else this.#adopt(source);
    // Not by the constructor of Readable, which would destroy a stream that is not made yet.
    if (signal !== undefined) addAbortSignal(signal, this);
  }

  /** @internal */
  static of(source: StreamSource, options: unknown): ReadStream {
    const manner = streamManner(options);
    return new ReadStream(KEY, source.file.facts.path, manner, source);
  }

  /** @internal */
  static opening(path: string | Buffer, options: unknown, opener: Opener): ReadStream {
    return new ReadStream(KEY, path, streamManner(options), opener);
  }

  /** Whether the file is not open yet. */
  get pending(): boolean {
    return this.fd === null;
  }

  /** Whether the file is closed at the end, and after an error. */
  get autoClose(): boolean {
    return this.#manner.autoClose;
  }

  /** Destroys the stream; `callback` is told when it is closed. */
  close(callback?: (error?: NodeJS.ErrnoException | null) => void): void {
    if (callback !== undefined) finished(this, callback);
    this.destroy();
  }

  override _construct(callback: (error?: Error | null) => void): void {
    void this.#begin().then(
      (opened) => {
        guarded(() => {
          callback();
          if (!opened) return;
          this.emit('open', this.fd);
          this.emit('ready');
        });
      },
      (error: unknown) => {
        callback(error as Error);
      },
    );
  }

  override _read(size: number): void {
    const reader = this.#reader as ByteReader;
    // Node catches it, and knows then that the stream has failed, also where it stays.
    if (this.#failure !== undefined) throw this.#failure;
    // Of nothing asked for there is nothing: as Node has it for a highWaterMark of 0.
    if (reader.exhausted || size <= 0) this.push(null);
    else void this.#produce(reader, size);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const file = this.#source?.file;
    this.fd = null;
    this.#reader?.stop();
    void Promise.resolve(file?.close()).then(
      () => {
        callback(error);
      },
      (failure: unknown) => {
        callback(error ?? (failure as Error));
      },
    );
  }

  /** Whether a file was opened. */
  async #begin(): Promise<boolean> {
    // Node opens it all the same, and leaves it open.
    if (isAborted(this.#manner.signal)) return false;
    if (this.#opener !== undefined) this.#adopt(await this.#opener());
    const source = this.#source as StreamSource;
    const { file } = source;
    const { start, end } = this.#manner;
    const sequential = start === undefined && this.#opener === undefined;
    const from = sequential ? await file.sequentialPosition() : (start ?? 0);
    // Without a start Node counts the bytes up to `end` from where it begins.
    const plan = streamPlan(file, this.#manner, from, sequential ? from + end : end);
    this.#reader = new ByteReader(source, plan, this.#manner.highWaterMark, sequential);
    return this.#opener !== undefined;
  }

  #adopt(source: StreamSource): void {
    this.#source = source;
    this.fd = source.file.facts.fd;
  }

  /** Fills a chunk of `size` bytes, or with what is left, and passes it on. */
  async #produce(reader: ByteReader, size: number): Promise<void> {
    let chunk: Buffer | undefined;
    let filled = 0;
    try {
      // Never within the call: a stream that is destroyed then has no chunk left to emit.
      while (await reader.ready()) {
        if (chunk === undefined) {
          chunk = reader.whole(size);
          filled = chunk?.byteLength ?? 0;
          if (filled > 0) break;
        }
        chunk ??= reader.chunk(size);
        filled += reader.copy(filled === 0 ? chunk : chunk.subarray(filled));
        if (filled === chunk.byteLength) break;
      }
    } catch (error) {
      // What came before it is passed on first.
      this.#failure = error as Error;
      if (filled === 0) {
        this.#fail(this.#failure);
        return;
      }
    }
    if (this.destroyed) return;
    this.bytesRead += filled;
    const whole = filled === chunk?.byteLength ? chunk : chunk && Buffer.from(chunk.subarray(0, filled));
    guarded(() => this.push(whole ?? null));
  }

  /** As Node has it: where the file is not closed by the stream, an error leaves that open too. */
  #fail(error: Error): void {
    if (this.#manner.autoClose) this.destroy(error);
    // Nothing, for which Node asks for more: see `_read`.
    else guarded(() => this.push(Buffer.alloc(0)));
  }
}
