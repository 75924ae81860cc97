// Made from index.ts by `npm run build:ts`. Do not edit.
import { StatOptions, Stats, BigIntStats } from 'node:fs';

/** What a file asks of direct operations, in bytes, and who said so. */
interface Alignment {
  /** Of every address in memory. */
  readonly memory: number;
  /** Of position and length of writes. */
  readonly offset: number;
  /** Of position and length of reads; may be finer than `offset` (Linux 6.14). */
  readonly read: number;
  /**
   * `statx` (statx(2), Linux 6.1), `xfs` (XFS_IOC_DIOINFO), `block` (BLKSSZGET), `trial` (reads that
   * were tried), `statfs` (the filesystem's block size, where a file is empty), or `buffered` (through the page cache,
   * which takes anything).
   */
  readonly source: string;
}

/** Codes of the library's own states. Codes are interface, messages are not. */
type AioErrorCode =
  /** The file, queue or pool is closed or closing. */
  | 'ERR_AIO_CLOSED'
  /** `exact` was asked for and position, length or memory misses the file's alignment. */
  | 'ERR_AIO_MISALIGNED'
  /** A directory, FIFO, socket, character device or file of a pseudo filesystem. */
  | 'ERR_AIO_UNSUPPORTED_FILE'
  /** The filesystem or device refuses O_DIRECT. */
  | 'ERR_AIO_NO_DIRECT'
  /** The runtime has no libuv event loop that the library could wait in. */
  | 'ERR_AIO_UNSUPPORTED_RUNTIME'
  /** The runtime refuses memory that is not its own. */
  | 'ERR_AIO_EXTERNAL_MEMORY'
  /** The pool's limit is reached. */
  | 'ERR_AIO_POOL_EXHAUSTED'
  /** The buffer is not one that the pool has given and not yet got back. */
  | 'ERR_AIO_POOL_FOREIGN'
  /** The queue holds as many unsettled operations as its capacity allows. */
  | 'ERR_AIO_QUEUE_FULL'
  /** The prepared batch was submitted and has not ended. */
  | 'ERR_AIO_BATCH_BUSY'
  /** The buffer was given back to its pool. */
  | 'ERR_AIO_BUFFER_RELEASED'
  /** The caller's buffer was detached or shrunk while the operation was under way. */
  | 'ERR_AIO_BUFFER_DETACHED';
/** A state of the library, told apart by `code`. */
declare class AioError extends Error {
  /** One of the documented `ERR_AIO_*` codes. */
  readonly code: AioErrorCode;
  constructor(code: AioErrorCode, message: string, options?: ErrorOptions);
}
/** A failed system call, shaped as Node shapes it, with the path and the position in the file. */
interface KernelError extends NodeJS.ErrnoException {
  code: string;
  errno: number;
  syscall: string;
  /** Bytes from the start of the file, where the operation had a position. */
  position?: number;
}

/** When enqueued operations are submitted. */
type BatchMode = 'microtask' | 'immediate' | 'manual';
/**
 * Who carries operations out: `aio`, kernel AIO; `fs`, node:fs on its four threads; `auto`, kernel AIO where it is to be
 * had, otherwise node:fs, with one warning.
 */
type EngineChoice = 'auto' | 'aio' | 'fs';
interface SubmissionQueueOptions {
  /** `aio` rejects where there is no kernel AIO. @default 'auto' */
  engine?: EngineChoice | undefined;
  /**
   * Operations in flight at the most, of kernel AIO and of what goes through node:fs each; what the thread is charged
   * of fs.aio-max-nr. 1 to 4096. @default 128
   */
  depth?: number | undefined;
  /**
   * Operations enqueued and not yet settled at the most. One more on memory of a pool fails with `ERR_AIO_QUEUE_FULL`, as
   * does a batch of more; copies, appends, syncs and calls without a position wait for room. 1 to 2^20. @default 65536
   */
  capacity?: number | undefined;
  /**
   * Operations handed to one io_submit(2) at the most, 1 to 4096. `auto`: the queue tries sizes from 1 to 128 while it is busy,
   * and keeps to what gives the most operations a second: see `chunk` of {@link SubmissionQueue.stats}.
   * @default 8; 32 for files on tmpfs
   */
  chunk?: number | 'auto' | undefined;
  /**
   * `microtask`: at the end of the running turn's code; `immediate`: after the loop's other callbacks;
   * `manual`: when {@link SubmissionQueue.flush} is called. While `drain`, `close` or a call of several steps is under
   * way (a sync, a copy, one without a position, one that waits for another) the queue submits by itself, and so while a
   * call of another queue waits for its writes to the same file. What is never flushed is never carried out, and does not
   * keep the process alive. Files that go through node:fs begin at once.
   * @default 'microtask'
   */
  batch?: BatchMode | undefined;
  /**
   * Have threads of the library's own do what would block inside io_submit(2) and hold the event loop: writes that
   * extend a file on ext4, writes on btrfs, operations of more than 8 MiB, and whatever is measured to. Appends on xfs are
   * theirs in any case. @default true
   */
  helpers?: boolean | undefined;
  /**
   * Wait for completions awake, before the event loop falls asleep: at most 50 us at a time and 500 us a turn, with at most
   * 64 operations in flight, and only while no other queue of the thread has any and the loop has no other event. A queue
   * measures now and then whether that makes operations faster and what it costs, and leaves it where it does not pay; see `spins` and `spinHits` of
   * {@link SubmissionQueue.stats}. @default true
   */
  spin?: boolean | undefined;
  /** Read completions from the kernel's ring rather than by io_getevents(2). @default true */
  ring?: boolean | undefined;
}

/** Counts since the queue was made. */
interface QueueStats {
  /** Operations submitted to the native queue. */
  operations: number;
  /** Operations settled. */
  completed: number;
  /** Of these, with an error. */
  failed: number;
  /** Native calls, one for each batch. */
  batches: number;
  /** JavaScript callbacks, one for each batch of completions. */
  callbacks: number;
  /** io_submit(2) calls. */
  submits: number;
  /** io_submit(2) calls that were refused for now or took fewer operations than offered. */
  retries: number;
  /** Completions that were there when io_submit(2) returned. */
  inlineCompletions: number;
  /** Times that the event loop was woken for completions. */
  wakeups: number;
  /** Times that the event loop waited for a completion awake rather than asleep. */
  spins: number;
  /** Of these, how many a completion has ended. */
  spinHits: number;
  /** Operations that were carried out by helper threads, since io_submit(2) would have blocked. */
  helped: number;
  /** Of these, writes that went with one that they adjoin in the file, by the same system call. */
  joined: number;
  /** Of those helped, those that the kernel refused to take without blocking (RWF_NOWAIT). */
  nowaitRefusals: number;
  /** Operations that were copied through aligned memory. */
  bounced: number;
  /** Operations whose position or length was not aligned. */
  unaligned: number;
  /** Operations that wait for a place in flight now. */
  queued: number;
  /** Operations in flight now. */
  inFlight: number;
  /** Mean number of operations in flight after an io_submit(2). */
  depthAchieved: number;
  /** Most operations in flight at once. */
  depthMax: number;
  /** The longest that one io_submit(2) has taken, in milliseconds: as long, the event loop stood still. */
  submitLongest: number;
  /** Operations handed to one io_submit(2) at the most at present: what was asked for, or has turned out best so far. */
  chunk: number;
  /** Whether completions are read from the kernel's ring. */
  ring: boolean;
}

/**
 * Gathers operations and brings them to the kernel in one native call a batch.
 *
 * Neither the order of completion nor durability is promised. A thread has a default queue, and a new one
 * when that was closed; others are for different depths or for keeping workloads apart.
 */
declare class SubmissionQueue implements AsyncDisposable {
  #private;
  /** Operations in flight at the most. */
  readonly depth: number;
  readonly capacity: number;
  readonly batch: BatchMode;
  /** Who carries its operations out: `aio`, kernel AIO, or `fs`, node:fs. */
  readonly engine: 'aio' | 'fs';
  /** Why that is not kernel AIO; undefined where it is. */
  readonly reason: string | undefined;
  private constructor();
  /**
   * io_setup(2) for `depth` operations. Where there is no kernel AIO the queue goes through node:fs, and a warning says
   * why, once; with `engine: 'aio'` it rejects: EAGAIN where fs.aio-max-nr is spent, ENOSYS, EPERM, ENOMEM.
   */
  static create(options?: SubmissionQueueOptions): Promise<SubmissionQueue>;
  /** This thread's own queue, made when first asked for. */
  static default(): Promise<SubmissionQueue>;
  /** Whether {@link SubmissionQueue.close} was called. */
  get closed(): boolean;
  /** Hands what is enqueued to the kernel now, in one native call; without effect where nothing is. */
  flush(): void;
  stats(): QueueStats;
  /** Settles when no operation is under way. Meanwhile a manual queue submits by itself. */
  drain(): Promise<void>;
  /** Refuses new operations, waits for those under way, then destroys the context off the event loop. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a failed batch rejects with: the failure of the first operation, in order, that failed. */
interface BatchError extends KernelError {
  /** Which operation it was. */
  index: number;
  /** Of each operation: bytes, or a negative errno. */
  results: Int32Array;
}

/** A page-aligned Buffer; `using` or `[Symbol.dispose]()` gives its memory back. */
type AlignedBuffer = Buffer<ArrayBuffer> & Disposable;

/**
 * A page-aligned Buffer of `size` bytes with memory of its own, zeroed. It goes back to the system when
 * it is disposed of, or when the Buffer is collected. Mapping takes some microseconds: for many buffers use a
 * {@link BufferPool}. With `hugePages` it lies in transparent huge pages of 2 MiB, the last of them whole where half of it
 * or more is wanted; less than that, at the end or in all, lies in small pages.
 */
declare function allocate(
  size: number,
  options?: {
    hugePages?: boolean | undefined;
  },
): AlignedBuffer;

interface BufferPoolOptions {
  /** Bytes mapped at the most. @default 64 MiB */
  limit?: number | undefined;
  /**
   * Ask for transparent huge pages, which makes operations of 1 MiB cheaper. Blocks of less than 2 MiB are cut from 2 MiB
   * at a time, as long as the limit has room for that; with less room they lie in small pages. @default false
   */
  hugePages?: boolean | undefined;
  /** Back the pool with a memfd that another process can map: see {@link BufferPool.shared}. @default false */
  shared?: boolean | undefined;
}
/** What a pool holds, in bytes but for `blocks`. */
interface BufferPoolStats {
  limit: number;
  /** Mapped from the system. */
  mapped: number;
  /** In blocks that are handed out, or still in the hands of the kernel. */
  held: number;
  /** Number of these blocks. */
  blocks: number;
}
/** Where another process finds a shared pool. */
interface SharedMemory {
  /** The memfd, valid until the pool is closed; pass it on by SCM_RIGHTS or open /proc/PID/fd/FD. */
  fd: number;
  /** Bytes of a page: mmap(2) wants offsets that are multiples of it. */
  pageSize: number;
}
/**
 * Page-aligned memory that operations use as it is, without a copy, up to a limit.
 *
 * Blocks come in powers of two from a page to 4 MiB, and in whole pages above. Memory is reused, not
 * zeroed. A buffer that is dropped without being released stays taken until the pool is closed.
 */
declare class BufferPool implements Disposable {
  #private;
  private constructor();
  /**
   * An empty pool; memory is mapped as it is asked for. If `shared`, throws memfd_create(2)'s errors, and
   * `ERR_AIO_EXTERNAL_MEMORY` where the runtime refuses memory that is not its own.
   */
  static create(options?: BufferPoolOptions): BufferPool;
  /** The memfd behind a shared pool; undefined for a private one. */
  get shared(): SharedMemory | undefined;
  /** Bytes from the start of {@link BufferPool.shared}'s memfd to the first byte of a buffer of this pool. */
  sharedOffset(buffer: Uint8Array): number;
  /**
   * A buffer of `size` bytes, page-aligned, with what its last holder left in it. Throws
   * `ERR_AIO_POOL_EXHAUSTED` where the limit is reached, `ERR_OUT_OF_RANGE` for a size that, rounded up to a power of
   * two, is more than the limit, `ERR_AIO_CLOSED` after {@link BufferPool.close}.
   */
  acquire(size: number): AlignedBuffer;
  /** As {@link BufferPool.acquire}, but waits in order for memory where the limit is reached, until `signal` aborts. */
  acquireAsync(
    size: number,
    options?: {
      signal?: AbortSignal | undefined;
    },
  ): Promise<AlignedBuffer>;
  /**
   * Takes a buffer back: the very one that {@link BufferPool.acquire} gave, once. While an operation on it is in
   * flight its memory is not reused; later ones refuse it with `ERR_AIO_BUFFER_RELEASED` until it is handed out again.
   * Anything else throws `ERR_AIO_POOL_FOREIGN`.
   */
  release(buffer: Buffer): void;
  stats(): BufferPoolStats;
  /** Gives free memory back to the system; what is handed out follows as it is released or collected. Idempotent. */
  close(): void;
  [Symbol.dispose](): void;
}

/** How urgent an operation is to the kernel's I/O scheduler: see ioprio_set(2). */
interface Priority {
  /** `realtime` needs CAP_SYS_ADMIN or CAP_SYS_NICE. Realtime waits in the queue before the rest, idle behind it. */
  class: 'realtime' | 'best-effort' | 'idle';
  /** 0 (first) to 7 (last). @default 4 */
  level?: number | undefined;
}
/** How one operation is to be done. */
interface OperationOptions {
  /**
   * Rejects with an `AbortError`. A queued operation is then never submitted; one in flight cannot be
   * cancelled by Linux and its memory stays the kernel's until it is done.
   */
  signal?: AbortSignal | undefined;
  /** I/O priority of the operation. @default the thread's own */
  priority?: Priority | undefined;
  /** Answer EAGAIN rather than block in the kernel (RWF_NOWAIT, Linux 4.13). @default false */
  nowait?: boolean | undefined;
  /**
   * Refuse with `ERR_AIO_MISALIGNED` what the kernel would not take as it is, rather than copy it through
   * aligned memory. @default the file's `exact`
   */
  exact?: boolean | undefined;
}
/** How one write is to be done. */
interface WriteOperationOptions extends OperationOptions {
  /** Durable when it settles, as with O_DSYNC (RWF_DSYNC). @default false */
  dsync?: boolean | undefined;
  /** Write at the end of the file, whatever the position. @default false */
  append?: boolean | undefined;
  /** All or nothing, also across a power cut (RWF_ATOMIC, Linux 6.11); needs alignment. @default false */
  atomic?: boolean | undefined;
}

/** How every submission of a prepared batch is done. */
type PreparedOptions = Pick<OperationOptions, 'priority' | 'nowait'>;
/**
 * Reads or writes of many blocks whose memory is laid out once, and which are then submitted any number of times under a
 * promise each: set {@link PreparedBatch.positions}, call {@link PreparedBatch.submit}. Made by {@link DirectFile.prepareReads}
 * and {@link DirectFile.prepareWrites}. It holds the memory, and needs no closing.
 */
declare class PreparedBatch<B> {
  #private;
  /** The memory that was given. */
  readonly buffers: B;
  private constructor();
  /** Where in the file each operation moves, in bytes: for the caller to set. What is changed after `submit` is for the next. */
  get positions(): Float64Array;
  /** Of each operation of the last submission that has settled, in order: bytes, or a negative errno. Written anew by the next. */
  get results(): Int32Array;
  /**
   * Submits all operations with the next batch of the queue. Settles when the last is done, with the sum of their bytes; if any
   * failed, rejects with a {@link BatchError}. One submission at a time: `ERR_AIO_BATCH_BUSY`, also after an abort, until
   * the kernel is done.
   */
  submit(options?: Pick<OperationOptions, 'signal'>): Promise<number>;
}

/** What `read` resolves to. */
interface ReadResult<B> {
  /** Less than asked for only at the end of the file, or where more than 2,147,479,552 bytes (MAX_RW_COUNT) were asked for. */
  bytesRead: number;
  /** The buffer that was given. Past `bytesRead`, up to the length asked for, its content is undefined. */
  buffer: B;
}
/** What `write` resolves to. */
interface WriteResult<B> {
  /** Less than asked for only where the device or the quota ran full, or for more than 2,147,479,552 bytes (MAX_RW_COUNT). */
  bytesWritten: number;
  /** What was given. */
  buffer: B;
}
/**
 * Told of the end of one read, as by `fs.read`: an error or null, the bytes that were read, the buffer. It runs outside of any
 * asynchronous context: to keep an AsyncLocalStorage, bind it (`AsyncLocalStorage.bind`).
 */
type ReadCallback<B> = (error: NodeJS.ErrnoException | null, bytesRead: number, buffer: B) => void;
/** Told of the end of one write, as {@link ReadCallback} is. */
type WriteCallback<B> = (error: NodeJS.ErrnoException | null, bytesWritten: number, buffer: B) => void;
/** A position in bytes; `null`, undefined or -1: where the last sequential operation ended. */
type Position = number | bigint | null;
/** Where and how one read is done. */
interface ReadOptions extends OperationOptions {
  /** First byte of the buffer. @default 0 */
  offset?: number | undefined;
  /** Bytes to read. @default what the buffer holds from offset on */
  length?: number | undefined;
  /** In the file. @default null */
  position?: Position | undefined;
}
/** Where and how one write is done. */
interface WriteOptions extends WriteOperationOptions {
  /** First byte of the buffer. @default 0 */
  offset?: number | undefined;
  /** Bytes to write. @default what the buffer holds from offset on */
  length?: number | undefined;
  /** In the file. @default null */
  position?: Position | undefined;
}
/** Which space is to be allocated: see fallocate(2). */
interface PreallocateOptions {
  /** First byte. @default 0 */
  offset?: number | undefined;
  /** Bytes. */
  length: number;
  /** Leave the file's length as it is. Writes beyond it are then as slow as appends. @default false */
  keepSize?: boolean | undefined;
}
/** What the batch forms resolve to beside the total. */
interface BatchResult<B> {
  /** Bytes of each operation, in order. */
  results: Int32Array;
  /** The memory that was given. */
  buffers: B;
}

/** How a whole file is read. */
interface ReadFileOptions {
  /** Decode to a string. @default a Buffer is returned */
  encoding?: BufferEncoding | null | undefined;
  /** Rejects with an `AbortError`. */
  signal?: AbortSignal | undefined;
}
/** How a whole file is written. */
interface WriteFileOptions {
  /** Of data that is a string. @default 'utf8' */
  encoding?: BufferEncoding | null | undefined;
  /** Rejects with an `AbortError`; what was written until then stays. */
  signal?: AbortSignal | undefined;
}
/** What can be written to a file as a whole. */
type FileData =
  | string
  | NodeJS.ArrayBufferView
  | Iterable<string | NodeJS.ArrayBufferView>
  | AsyncIterable<string | NodeJS.ArrayBufferView>;

/**
 * An open file or block device, read and written past the page cache.
 *
 * Shaped like Node's `FileHandle`. Memory of a {@link BufferPool} or of {@link allocate} is used as it is
 * where it, position and length fit {@link DirectFile.alignment}; everything else goes through a copy. An
 * unaligned write reads the touched blocks and writes them back, alone on them among the writes of this
 * thread. Writes that overlap have no order but that. Made by {@link open}.
 */
declare class DirectFile implements AsyncDisposable {
  #private;
  private constructor();
  /** The descriptor. Closing it behind the file's back breaks the file. */
  get fd(): number;
  /** As given to {@link open}. */
  get path(): string;
  /** What zero-copy operations have to keep to, in bytes. */
  get alignment(): Alignment;
  /** Who carries the operations out: `aio`, the kernel's own asynchronous I/O, or `fs`, node:fs on its threads. */
  get engine(): 'aio' | 'fs';
  /** Why it is not kernel AIO past the page cache, in words; undefined where it is. */
  get reason(): string | undefined;
  /** Whether the descriptor has O_DIRECT. */
  get direct(): boolean;
  /** The queue that the file's operations go through. */
  get queue(): SubmissionQueue;
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
    options?: ReadOptions & {
      buffer?: B | undefined;
    },
  ): Promise<ReadResult<B>>;
  read<B extends NodeJS.ArrayBufferView>(
    buffer: B,
    offset: number | null | undefined,
    length: number | null | undefined,
    position: Position,
    callback: ReadCallback<B>,
  ): void;
  read<B extends NodeJS.ArrayBufferView>(buffer: B, options: ReadOptions | undefined, callback: ReadCallback<B>): void;
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
  write(
    string: string,
    position: Position | undefined,
    encoding: BufferEncoding | null | undefined,
    callback: WriteCallback<string>,
  ): void;
  /** preadv(2): one operation into several buffers, filled one after the other. */
  readv<B extends readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    position?: Position | Omit<ReadOptions, 'offset' | 'length'>,
  ): Promise<{
    bytesRead: number;
    buffers: B;
  }>;
  /** pwritev(2): one operation from several buffers. */
  writev<B extends readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    position?: Position | Omit<WriteOptions, 'offset' | 'length'>,
  ): Promise<{
    bytesWritten: number;
    buffers: B;
  }>;
  /**
   * Many reads under one promise, the cheapest form. `buffers` is a view for each position, or a single
   * one that is cut into equal parts. Settles when the last is done; if any failed, rejects with a {@link BatchError}.
   * What is refused as a whole (arguments, a file that is not open for it, an abort) rejects without `index` and `results`.
   */
  readBatch<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    positions: ArrayLike<number>,
    options?: OperationOptions,
  ): Promise<
    BatchResult<B> & {
      bytesRead: number;
    }
  >;
  /** Many writes under one promise: see {@link DirectFile.readBatch}. They have no order among themselves. */
  writeBatch<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    positions: ArrayLike<number>,
    options?: Omit<WriteOperationOptions, 'append'>,
  ): Promise<
    BatchResult<B> & {
      bytesWritten: number;
    }
  >;
  /**
   * Reads of as many blocks as there are views, or of `count` equal parts of a single one, to be submitted again and again:
   * the fastest form. Memory and lengths must be such as the kernel takes as they are: see {@link DirectFile.alignment}.
   */
  prepareReads<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    count?: number,
    options?: PreparedOptions,
  ): PreparedBatch<B>;
  /** Writes of many blocks, as {@link DirectFile.prepareReads} has it. They have no order among themselves. */
  prepareWrites<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    count?: number,
    options?: PreparedOptions & Pick<WriteOperationOptions, 'dsync' | 'atomic'>,
  ): PreparedBatch<B>;
  /** All from where the last sequential operation ended to the end of the file. */
  readFile(
    options?: ReadFileOptions & {
      encoding?: null | undefined;
    },
  ): Promise<Buffer>;
  readFile(
    options:
      | BufferEncoding
      | (ReadFileOptions & {
          encoding: BufferEncoding;
        }),
  ): Promise<string>;
  /** Writes all of `data` where the last sequential operation ended; what follows in the file stays. */
  writeFile(data: FileData, options?: BufferEncoding | WriteFileOptions): Promise<void>;
  /** Writes all of `data` at the end of the file. */
  appendFile(data: FileData, options?: BufferEncoding | WriteFileOptions): Promise<void>;
  /**
   * fsync(2), after every write that this thread began on the file before the call; of a `writeFile` from an iterable,
   * the parts that were taken. Calls at the same time share one. After one has failed (EIO, ENOSPC, EDQUOT) all later
   * ones do, until the file is reopened: the kernel forgets what it could not write.
   */
  sync(options?: OperationOptions): Promise<void>;
  /** fdatasync(2): as {@link DirectFile.sync}, without times and the like. */
  datasync(options?: OperationOptions): Promise<void>;
  /** fstat(2), as Node's own. */
  stat(
    options?: StatOptions & {
      bigint?: false | undefined;
    },
  ): Promise<Stats>;
  stat(
    options: StatOptions & {
      bigint: true;
    },
  ): Promise<BigIntStats>;
  /**
   * ftruncate(2) to `length` bytes, when the writes before it are done; later ones wait for it. Not so what has still to begin
   * of calls that come to it one by one (without a position, of whole files, batches that are copied): await these first.
   */
  truncate(length?: number): Promise<void>;
  /** fallocate(2): space for `length` bytes, so that writing them cannot run out of it and need not extend the file. */
  preallocate(options: PreallocateOptions): Promise<void>;
  /** A buffer of `size` bytes, rounded up to what the file's zero-copy operations want: see {@link allocate}. */
  allocate(size: number): AlignedBuffer;
  /** Waits for the operations under way, then closes the descriptor. Idempotent. Rejects with close(2)'s error. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A path as Node takes it. */
type FilePath = string | Buffer | URL;
/** Whether a file is opened past the page cache. */
type DirectChoice = 'prefer' | 'require' | 'never';
/** How a file is opened. */
interface OpenOptions {
  /** Node's flag string, or O_* bits. @default 'r' */
  flags?: string | number | undefined;
  /** Permission bits of a file that is created, less the umask; as a string, in octal. @default 0o666 */
  mode?: number | string | undefined;
  /** The queue for the file's operations. @default the thread's own */
  queue?: SubmissionQueue | undefined;
  /** Refuse with `ERR_AIO_MISALIGNED` what would need a copy, but for calls of whole files (`readFile`). @default false */
  exact?: boolean | undefined;
  /**
   * `prefer`: past the page cache where the filesystem lets it, otherwise through it, told by `file.direct`;
   * `require`: reject with `ERR_AIO_NO_DIRECT` there; `never`. @default 'prefer'
   */
  direct?: DirectChoice | undefined;
  /** `aio`: reject where it would not be kernel AIO past the page cache; `fs`: node:fs. @default 'auto' */
  engine?: EngineChoice | undefined;
}
/**
 * Opens a regular file or block device past the page cache: open(2) with O_DIRECT.
 *
 * `flags` are Node's, or an options object. `w` and `a` also ask for permission to read, since writing
 * part of a block needs reading it. Where O_DIRECT or kernel AIO is not to be had the file works all the same, through
 * node:fs: see {@link DirectFile.engine}, {@link DirectFile.direct} and {@link DirectFile.reason}. Rejects with open(2)'s
 * errors, `ERR_AIO_UNSUPPORTED_FILE` for what is no disk file. Close it: one that is collected open is closed with a warning.
 */
declare function open(
  path: FilePath,
  flags?: string | number | OpenOptions | null,
  mode?: number | string | null,
): Promise<DirectFile>;

/** The block device under a path; what the system does not tell is undefined. */
interface DeviceReport {
  /** Its name in /sys/block or, of a partition, in /sys/class/block. */
  name: string;
  /** Operations that the device's queue takes before submitting blocks. */
  nrRequests: number | undefined;
  /** Bytes. */
  logicalBlockSize: number | undefined;
  /** Bytes. */
  physicalBlockSize: number | undefined;
  /** Whether writes are volatile until a flush. */
  writeCache: boolean | undefined;
  /** Whether single writes can be made durable without a flush (force unit access). */
  fua: boolean | undefined;
  rotational: boolean | undefined;
  /** The I/O scheduler in use. */
  scheduler: string | undefined;
  /** Kilobytes of one request; larger operations are split by the kernel. */
  maxSectorsKb: number | undefined;
  maxSegments: number | undefined;
  /** Mask of address bits that must be 0. */
  dmaAlignment: number | undefined;
}
/** The machine's limits on Linux AIO. */
interface LimitsReport {
  /** fs.aio-nr: operations that all contexts of the system were set up for. */
  inUse: number | undefined;
  /** fs.aio-max-nr. */
  limit: number | undefined;
}
/** What a path, its filesystem, its device and the kernel can do. */
interface ProbeReport {
  path: string;
  /** `file`, `block-device`, `directory`, `fifo`, `char-device`, `socket`, `pseudo` (of /proc and the like), `other`. */
  kind: string;
  /** The filesystem's type, undefined for block devices. */
  filesystem: string | undefined;
  mountPoint: string | undefined;
  /** Whether O_DIRECT works; undefined where it could not be tried. */
  direct: boolean | undefined;
  /** Why not, or why it could not be tried. */
  directReason: string | undefined;
  /** Undefined where O_DIRECT does not work. */
  alignment: Alignment | undefined;
  /** Whether kernel AIO works: making a queue was tried. */
  aio: boolean;
  /** The error code where it does not. */
  aioReason: string | undefined;
  limits: LimitsReport;
  /**
   * Operations that block inside io_submit(2) on this filesystem: `read`, `overwrite`, `append` (beyond the end),
   * `append-preallocated` (beyond the end, into space kept by `keepSize`), `unwritten` (preallocated space), `partial-block`,
   * `hole`. Undefined where that is not known.
   */
  blocking: string[] | undefined;
  /** Which operations RWF_NOWAIT serves on this kernel and filesystem: `never`, `reads` or `all`. */
  nowait: string;
  /** Bytes of writes that RWF_ATOMIC takes, undefined where it takes none. */
  atomicWrite:
    | {
        min: number;
        max: number;
      }
    | undefined;
  device: DeviceReport | undefined;
  kernel: string;
  /** What follows for the user, in plain sentences. */
  advice: string[];
}
/**
 * Looks at a file, a directory (in which a nameless file is made and dropped), or a block device. Reads at most 64 KiB and
 * takes up to 100 ms. Rejects with open(2)'s errors where the path leads nowhere; what exists but cannot be used is no error.
 */
declare function probe(path: FilePath): Promise<ProbeReport>;

export { AioError, BufferPool, DirectFile, PreparedBatch, SubmissionQueue, allocate, open, probe };
export type {
  AioErrorCode,
  AlignedBuffer,
  Alignment,
  BatchError,
  BatchMode,
  BatchResult,
  BufferPoolOptions,
  BufferPoolStats,
  DeviceReport,
  DirectChoice,
  EngineChoice,
  FileData,
  FilePath,
  KernelError,
  LimitsReport,
  OpenOptions,
  OperationOptions,
  Position,
  PreallocateOptions,
  PreparedOptions,
  Priority,
  ProbeReport,
  QueueStats,
  ReadCallback,
  ReadFileOptions,
  ReadOptions,
  ReadResult,
  SharedMemory,
  SubmissionQueueOptions,
  WriteCallback,
  WriteFileOptions,
  WriteOperationOptions,
  WriteOptions,
  WriteResult,
};
