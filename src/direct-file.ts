import type { BigIntStats, StatOptions, Stats } from 'node:fs';
import type { ReadableStream, WritableStream } from 'node:stream/web';

import { alignUp, type Alignment } from './alignment.js';
import { vectoredArguments } from './arguments.js';
import { readMany, writeMany } from './batch.js';
import { PreparedBatch, type PreparedOptions } from './prepared-batch.js';
import { rejected } from './rejected.js';
import { inSteps } from './call.js';
import type { AlignedBuffer } from './aligned-buffer.js';
import { allocate } from './allocate.js';
import { statDescriptor } from './descriptor.js';
import { SyncGroup } from './durability.js';
import { AioError, illegalConstructor } from './errors.js';
import { OpenFile } from './open-file.js';
import type {
  BatchResult,
  Position,
  PreallocateOptions,
  ReadCallback,
  ReadOptions,
  ReadResult,
  WriteCallback,
  WriteOptions,
  WriteResult,
} from './file-types.js';
import { PREAD, PWRITE } from './opcodes.js';
import {
  abortSignal,
  flag,
  integer,
  optionsObject,
  type Manner,
  type OperationOptions,
  type WriteOperationOptions,
} from './options.js';
import { preallocate, truncate } from './size.js';
import { readInTurn, readOne, writeInTurn, writeOne } from './single.js';
import type { BlocksOptions } from './streams/block-options.js';
import { Blocks } from './streams/blocks.js';
import { chunksOf } from './streams/chunks.js';
import { pipeTo, type PipeOptions } from './streams/pipe-to.js';
import { ReadStream } from './streams/read-stream.js';
import type { ReadStreamOptions } from './streams/read-stream-options.js';
import type { StreamSource } from './streams/source.js';
import { readableWebStream, type ReadableWebStreamOptions } from './streams/readable-web-stream.js';
import type { SubmissionQueue } from './submission-queue.js';
import { writableWebStream, type WebChunk, type WritableWebStreamOptions } from './streams/writable-web-stream.js';
import { givenOptions, writeStreamChoice, type WriteStreamOptions } from './streams/write-stream-options.js';
import type { Opened } from './streams/write-source.js';
import { WriteStream } from './streams/write-stream.js';
import { uncloneable } from './uncloneable.js';
import { readWhole, writeWhole, type FileData, type ReadFileOptions, type WriteFileOptions } from './whole-file.js';

const forgotten = new FinalizationRegistry<OpenFile>((file) => {
  if (file.closed) return;
  process.emitWarning(`'${file.facts.path}' was collected while it was open; close files when they are done with`);
  void file.close().catch(() => undefined);
});

/**
 * An open file or block device, read and written past the page cache.
 *
 * Shaped like Node's `FileHandle`. Memory of a {@link BufferPool} or of {@link allocate} is used as it is
 * where it, position and length fit {@link DirectFile.alignment}; everything else goes through a copy. An
 * unaligned write reads the touched blocks and writes them back, alone on them among the writes of this
 * thread. Writes that overlap have no order but that. Made by {@link open}.
 */
export class DirectFile implements AsyncDisposable {
  readonly #file: OpenFile;
  readonly #syncs: SyncGroup;

  private constructor(file: OpenFile) {
    if (!(file instanceof OpenFile)) throw illegalConstructor();
    this.#file = file;
    this.#syncs = new SyncGroup(file);
    uncloneable(this);
    // Operations under way hold the OpenFile, not this: it is collected when the user has forgotten it.
    forgotten.register(this, file);
  }

  /** @internal */
  static of(file: OpenFile): DirectFile {
    return new DirectFile(file);
  }

  /** @internal What other modules of the library need of it. */
  static inside(file: DirectFile): OpenFile {
    return file.#file;
  }

  /** @internal What streams have of it. */
  static opened(file: DirectFile): Opened {
    const inner = file.#file;
    return {
      file: inner,
      sync: async () => inSteps(inner, async () => file.#syncs.join(false)),
      close: async () => file.close(),
    };
  }

  /** The descriptor. Closing it behind the file's back breaks the file. */
  get fd(): number {
    return this.#file.closed ? -1 : this.#file.facts.fd;
  }

  /** As given to {@link open}. */
  get path(): string {
    return this.#file.facts.path;
  }

  /** What zero-copy operations have to keep to, in bytes. */
  get alignment(): Alignment {
    return this.#file.facts.alignment;
  }

  /** Who carries the operations out: `aio`, the kernel's own asynchronous I/O, or `fs`, node:fs on its threads. */
  get engine(): 'aio' | 'fs' {
    return this.#file.facts.carrier;
  }

  /** Why it is not kernel AIO past the page cache, in words; undefined where it is. */
  get reason(): string | undefined {
    return this.#file.facts.reason;
  }

  /** Whether the descriptor has O_DIRECT. */
  get direct(): boolean {
    return this.#file.facts.direct;
  }

  /** The queue that the file's operations go through. */
  get queue(): SubmissionQueue {
    return this.#file.facts.queue;
  }

  /**
   * pread(2) into `buffer`. Without a position it reads on where the last such read or write ended, one after the
   * other; with one, any number run at once. Short at the end of the file.
   */
  read<B extends NodeJS.ArrayBufferView>(
    buffer: B,
    offset?: number | null,
    length?: number | null,
    position?: Position,
  ): Promise<ReadResult<B>>;
  read<B extends NodeJS.ArrayBufferView>(buffer: B, options?: ReadOptions): Promise<ReadResult<B>>;
  read<B extends NodeJS.ArrayBufferView = Buffer>(
    options?: ReadOptions & { buffer?: B | undefined },
  ): Promise<ReadResult<B>>;
  read<B extends NodeJS.ArrayBufferView>(
    buffer: B,
    offset: number | null | undefined,
    length: number | null | undefined,
    position: Position,
    callback: ReadCallback<B>,
  ): void;
  read<B extends NodeJS.ArrayBufferView>(buffer: B, options: ReadOptions | undefined, callback: ReadCallback<B>): void;
  read<B extends NodeJS.ArrayBufferView>(buffer: B, callback: ReadCallback<B>): void;
  read<B extends NodeJS.ArrayBufferView>(
    first?: unknown,
    second?: unknown,
    length?: unknown,
    position?: unknown,
    callback?: unknown,
  ): Promise<ReadResult<B>> | undefined {
    return readOne<B>(this.#file, first, second, length, position, callback);
  }

  /**
   * pwrite(2) of `buffer`, or of a string. Short only where the device ran full. Not durable before
   * {@link DirectFile.datasync}, unless `dsync`.
   */
  write<B extends NodeJS.ArrayBufferView>(
    buffer: B,
    offset?: number | null,
    length?: number | null,
    position?: Position,
  ): Promise<WriteResult<B>>;
  write<B extends NodeJS.ArrayBufferView>(buffer: B, options?: WriteOptions): Promise<WriteResult<B>>;
  write(string: string, position?: Position, encoding?: BufferEncoding | null): Promise<WriteResult<string>>;
  write(string: string, options?: WriteOptions, encoding?: BufferEncoding | null): Promise<WriteResult<string>>;
  write<B extends NodeJS.ArrayBufferView>(
    buffer: B,
    offset: number | null | undefined,
    length: number | null | undefined,
    position: Position,
    callback: WriteCallback<B>,
  ): void;
  write<B extends NodeJS.ArrayBufferView>(
    buffer: B,
    options: WriteOptions | undefined,
    callback: WriteCallback<B>,
  ): void;
  write<B extends NodeJS.ArrayBufferView>(buffer: B, callback: WriteCallback<B>): void;
  write(
    string: string,
    position: Position | undefined,
    encoding: BufferEncoding | null | undefined,
    callback: WriteCallback<string>,
  ): void;
  write<B>(
    first?: unknown,
    second?: unknown,
    third?: unknown,
    fourth?: unknown,
    callback?: unknown,
  ): Promise<WriteResult<B>> | undefined {
    return writeOne<B>(this.#file, first, second, third, fourth, callback);
  }

  /** preadv(2): one operation into several buffers, filled one after the other. */
  async readv<B extends readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    position?: Position | Omit<ReadOptions, 'offset' | 'length'>,
  ): Promise<{ bytesRead: number; buffers: B }> {
    const call = vectoredArguments<B>(buffers, position, this.#file.facts.exact);
    this.#file.admit();
    return { bytesRead: await readInTurn(this.#file, call.views, call.position, call.manner), buffers };
  }

  /** pwritev(2): one operation from several buffers. */
  async writev<B extends readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    position?: Position | Omit<WriteOptions, 'offset' | 'length'>,
  ): Promise<{ bytesWritten: number; buffers: B }> {
    const call = vectoredArguments<B>(buffers, position, this.#file.facts.exact);
    this.#file.admit();
    return { bytesWritten: await writeInTurn(this.#file, call.views, call.position, call.manner), buffers };
  }

  /**
   * Many reads under one promise, the cheapest form. `buffers` is a view for each position, or a single
   * one that is cut into equal parts. Settles when the last is done; if any failed, rejects with a {@link BatchError}.
   * What is refused as a whole (arguments, a file that is not open for it, an abort) rejects without `index` and `results`.
   */
  readBatch<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    positions: ArrayLike<number | bigint>,
    options?: OperationOptions,
  ): Promise<BatchResult<B> & { bytesRead: number }> {
    try {
      this.#file.admit();
      return readMany(this.#file, buffers, positions, options);
    } catch (error) {
      return rejected(error as Error);
    }
  }

  /** Many writes under one promise: see {@link DirectFile.readBatch}. They have no order among themselves. */
  writeBatch<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    positions: ArrayLike<number | bigint>,
    options?: Omit<WriteOperationOptions, 'append'>,
  ): Promise<BatchResult<B> & { bytesWritten: number }> {
    try {
      this.#file.admit();
      return writeMany(this.#file, buffers, positions, options);
    } catch (error) {
      return rejected(error as Error);
    }
  }

  /**
   * Reads of as many blocks as there are views, or of `count` equal parts of a single one, to be submitted again and again:
   * the fastest form. Memory and lengths must be such as the kernel takes as they are: see {@link DirectFile.alignment}.
   */
  prepareReads<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    count?: number,
    options?: PreparedOptions,
  ): PreparedBatch<B> {
    return PreparedBatch.of(this.#file, PREAD, buffers, count, options);
  }

  /** Writes of many blocks, as {@link DirectFile.prepareReads} has it. They have no order among themselves. */
  prepareWrites<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    count?: number,
    options?: PreparedOptions & Pick<WriteOperationOptions, 'dsync' | 'atomic'>,
  ): PreparedBatch<B> {
    return PreparedBatch.of(this.#file, PWRITE, buffers, count, options);
  }

  /** All from where the last sequential operation ended to the end of the file. */
  readFile(options?: ReadFileOptions & { encoding?: null | undefined }): Promise<Buffer>;
  readFile(options: BufferEncoding | (ReadFileOptions & { encoding: BufferEncoding })): Promise<string>;
  async readFile(options?: unknown): Promise<Buffer | string> {
    this.#file.admit();
    return readWhole(this.#file, options);
  }

  /** Writes all of `data` where the last sequential operation ended; what follows in the file stays. Not the file itself. */
  async writeFile(data: FileData, options?: BufferEncoding | WriteFileOptions): Promise<void> {
    this.#admitSource(data);
    return writeWhole(this.#file, data, options, false);
  }

  /** Writes all of `data` at the end of the file; not the file itself: `ERR_AIO_SAME_FILE`. */
  async appendFile(data: FileData, options?: BufferEncoding | WriteFileOptions): Promise<void> {
    this.#admitSource(data);
    return writeWhole(this.#file, data, options, true);
  }

  /** A file that is read while it is written into would have no end. */
  #admitSource(data: unknown): void {
    this.#file.admit();
    const isFile = typeof data === 'object' && data !== null && #file in data;
    if (isFile && data.#file.facts.inode === this.#file.facts.inode) {
      const { path } = this.#file.facts;
      throw new AioError('ERR_AIO_SAME_FILE', `'${path}' cannot be written into itself`, { path });
    }
  }

  /**
   * The blocks of the file or of a part of it, in order, without a copy and with many reads under way. Each is in memory of a pool
   * and goes back there by {@link Block.release} or `using`, at any time and in any order. Where the pool is used up the next
   * one waits, with those of other readers in turn. Leave the loop, call `return` or abort the signal to end early. Bytes
   * that are written while they are read may be told as they were before. Throws for wrong options and a closed file.
   */
  blocks(options?: BlocksOptions): Blocks {
    return Blocks.of(this.#source(), options);
  }

  /**
   * Writes the file, or a part of it, to a stream as fast as that takes it, without a copy: each block goes back to the pool when
   * its write has called back. A writable that keeps what it was given for longer must copy it; for a `Transform`, which may hand it
   * on, that is done here. Resolves to the bytes, when they are written and, unless `close` is false, the stream has
   * finished. Rejects with the stream's error, the file's, or an `AbortError`.
   */
  pipeTo(writable: NodeJS.WritableStream, options?: PipeOptions): Promise<number> {
    return pipeTo(this.#source(), writable, options);
  }

  /**
   * A stream of the file's bytes, as FileHandle's: with Node's options and events, and read ahead. Chunks are the consumer's
   * to keep; with a `highWaterMark` of 256 KiB or more, in whole blocks, they are read into without a copy, and are a part of
   * their ArrayBuffer. From the eighth MiB of them on, glibc's malloc(3) keeps up to 64 MiB of what is freed at the end of its heap. Without
   * `start` it begins where the last sequential operation ended, and the file's position follows the chunks.
   * Closes the file at the end unless `autoClose` is false; `destroy()` does in any case. Throws for wrong options.
   */
  createReadStream(options?: BufferEncoding | ReadStreamOptions): ReadStream {
    return ReadStream.of(this.#source(), options);
  }

  /**
   * A byte stream of the web's kind: readers may bring memory of their own (`getReader({ mode: 'byob' })`); chunks of others are
   * whole blocks, and theirs to keep. Begins where the last sequential operation ended unless `start` is given. Throws for
   * wrong options and a closed file.
   */
  readableWebStream(options?: ReadableWebStreamOptions): ReadableStream<Uint8Array> {
    return readableWebStream(this.#source(), options);
  }

  /**
   * Buffers with the bytes from where the last sequential operation ended to the end of the file, read ahead; the caller's to
   * keep. Where the loop is left, the next sequential operation goes on behind the last one. The file stays open.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, undefined, undefined> {
    return chunksOf(this.#source());
  }

  /**
   * A stream that writes from `start` on, or where the last sequential operation ended, and closes the file in the end unless
   * `autoClose` is false. Several at a time do not disturb each other where each has a `start`; those without come one after the
   * other. Closing the file ends them first.
   */
  createWriteStream(options?: BufferEncoding | WriteStreamOptions | null): WriteStream {
    const choice = writeStreamChoice(givenOptions(options));
    this.#file.admit();
    return WriteStream.of({ opened: DirectFile.opened(this) }, choice);
  }

  /** The same as a web stream of bytes or strings. It leaves the file open unless `autoClose` is true. */
  writableWebStream(options?: WritableWebStreamOptions): WritableStream<WebChunk> {
    this.#file.admit();
    return writableWebStream(DirectFile.opened(this), options);
  }

  /**
   * fsync(2), after every write that this thread began on the file before the call; of a `writeFile` from an iterable,
   * the parts that were taken. Calls at the same time share one. After one has failed (EIO, ENOSPC, EDQUOT) all later
   * ones do, until the file is reopened: the kernel forgets what it could not write.
   */
  async sync(options?: OperationOptions): Promise<void> {
    this.#file.admit();
    return inSteps(this.#file, async () => this.#syncs.join(false), signalOf(options));
  }

  /** fdatasync(2): as {@link DirectFile.sync}, without times and the like. */
  async datasync(options?: OperationOptions): Promise<void> {
    this.#file.admit();
    return inSteps(this.#file, async () => this.#syncs.join(true), signalOf(options));
  }

  /** fstat(2), as Node's own. */
  stat(options?: StatOptions & { bigint?: false | undefined }): Promise<Stats>;
  stat(options: StatOptions & { bigint: true }): Promise<BigIntStats>;
  async stat(options?: StatOptions): Promise<Stats | BigIntStats> {
    const file = this.#file;
    // Read first: a getter could close the file.
    const bigint = flag('options.bigint', options?.bigint, false);
    file.admit(false);
    file.begin();
    try {
      return await statDescriptor(file.facts.fd, { bigint });
    } finally {
      file.end();
    }
  }

  /**
   * ftruncate(2) to `length` bytes, when the writes before it are done; later ones wait for it. Not so what has still to begin
   * of calls that come to it one by one (without a position, of whole files, batches that are copied): await these first.
   */
  async truncate(length = 0): Promise<void> {
    this.#file.admit(false);
    integer('length', length, 0, Number.MAX_SAFE_INTEGER);
    await truncate(this.#file, length);
  }

  /** fallocate(2): space for `length` bytes, so that writing them cannot run out of it and need not extend the file. */
  async preallocate(options: PreallocateOptions): Promise<void> {
    this.#file.admit(false);
    const given = optionsObject('options', options) as Partial<PreallocateOptions>;
    const offset = integer('options.offset', given.offset ?? 0, 0, Number.MAX_SAFE_INTEGER);
    const length = integer('options.length', given.length, 1, Number.MAX_SAFE_INTEGER - offset);
    await preallocate(this.#file, offset, length, flag('options.keepSize', given.keepSize, false));
  }

  /** A buffer of `size` bytes, rounded up to what the file's zero-copy operations want: see {@link allocate}. */
  allocate(size: number): AlignedBuffer {
    integer('size', size, 1, 2 ** 40);
    const { offset, memory } = this.alignment;
    return allocate(alignUp(size, Math.max(offset, memory)));
  }

  /** Waits for the operations under way, then closes the descriptor. Idempotent. Rejects with close(2)'s error. */
  close(): Promise<void> {
    return this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For what goes on when the call has ended: it keeps this from being collected, and so the file open. */
  #source(): StreamSource {
    return { file: this.#file, owner: this };
  }
}

function signalOf(options: unknown): Pick<Manner, 'signal'> {
  const given = optionsObject('options', options) as OperationOptions;
  return { signal: abortSignal(given.signal) };
}
