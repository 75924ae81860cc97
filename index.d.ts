// Made from index.ts by `npm run build:ts`. Do not edit.
import { StatOptions, Stats, BigIntStats } from 'node:fs';
import { ReadableStream, WritableStream } from 'node:stream/web';
import { Readable, Writable } from 'node:stream';

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
  | 'ERR_AIO_BUFFER_DETACHED'
  /** Source and destination of a copy are the same file. */
  | 'ERR_AIO_SAME_FILE'
  /** The file became shorter while it was copied, compared or hashed. */
  | 'ERR_AIO_FILE_CHANGED'
  /** The copy that was read back is not what its source is. */
  | 'ERR_AIO_VERIFY_FAILED';
/** A state of the library, told apart by `code`. */
declare class AioError extends Error {
  /** One of the documented `ERR_AIO_*` codes. */
  readonly code: AioErrorCode;
  /** The file that could not be used, where it is about one: as it was given. */
  readonly path?: string;
  constructor(
    code: AioErrorCode,
    message: string,
    options?: ErrorOptions & {
      path?: string;
    },
  );
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
   * @default 8; 64 for files on tmpfs
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
   * theirs in any case. And where reads and writes are copies in memory (tmpfs, zram) and come thick and fast, a
   * second thread submits some of them at the same time, on another processor, where there is one: see `paired` of
   * {@link SubmissionQueue.stats}. @default true
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
  /** Operations that a second thread has submitted beside the queue's own: reads and overwrites of files and devices in memory. */
  paired: number;
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
  /** Mean number of operations in flight after an io_submit(2): a batch that goes down in chunks counts each time. */
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

/** Which part of a file is read in blocks, and with what memory. */
interface BlocksOptions {
  /** Position of the first byte. @default 0 */
  start?: number | undefined;
  /** Position of the last byte, which is read too. @default the end of the file, wherever it is when it is reached */
  end?: number | undefined;
  /**
   * Bytes of a block, rounded up to a multiple of `file.alignment.read`; 1 byte to 1 GiB. A pool gives powers of two, up to 4 MiB.
   * @default 512 KiB, or as much as the pool has
   */
  size?: number | undefined;
  /**
   * Blocks that are read ahead of the consumer at the most, 0 to 1024; fewer where that is as fast, or where others wait for the
   * pool's memory. @default 8
   */
  ahead?: number | undefined;
  /**
   * Where the blocks come from; any number of readers may share one. It must have room for one block more than their
   * consumers hold at once. @default one of its own with room for `ahead` blocks and one, closed at the end
   */
  pool?: BufferPool | undefined;
  /** Rejects with an `AbortError`, and gives every block back that was not handed out. */
  signal?: AbortSignal | undefined;
}

/**
 * Some bytes of a file in memory of a pool, as the disk has written them there. It is the holder's until {@link Block.release},
 * or the end of a `using`: one that is forgotten is missing in the pool.
 */
declare class Block implements Disposable {
  #private;
  /** Of the first byte, in the file. */
  readonly position: number;
  private constructor();
  /** The bytes. Throws `ERR_AIO_BUFFER_RELEASED` after the release; what was kept of it then has others' bytes. */
  get buffer(): Buffer;
  /** Gives the memory back to its pool: at once, or when the last operation on it is done. Idempotent. */
  release(): void;
  [Symbol.dispose](): void;
}

/**
 * The blocks of a part of a file, in order, with many reads under way: see {@link DirectFile.blocks}. To be iterated once; ends
 * with the part, with an error behind the blocks that were read before it, or when it is left.
 */
declare class Blocks implements AsyncIterableIterator<Block, undefined>, AsyncDisposable {
  #private;
  private constructor();
  /** The next block, the caller's to give back. Calls at the same time have one after the other. */
  next(): Promise<IteratorResult<Block, undefined>>;
  /**
   * Ends the iteration: blocks that were not handed out go back. Settles when the kernel is done with them; calls of `next`
   * that still wait have the end.
   */
  return(): Promise<IteratorReturnResult<undefined>>;
  /** As {@link Blocks.return}, then rejects with the error. */
  throw(error?: unknown): Promise<IteratorResult<Block, undefined>>;
  [Symbol.asyncIterator](): this;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What is written to a stream, and what becomes of it then. */
interface PipeOptions extends BlocksOptions {
  /**
   * End the writable behind the last byte and wait until it has finished; destroy it where the reading fails or is aborted.
   * Where it is not ended, the promise waits for the last write; of writables that tell no end of theirs, until `writableLength` is 0.
   * `process.stdout` and `process.stderr` are never ended. @default true
   */
  close?: boolean | undefined;
  /**
   * Give the writable copies, which are its to keep, rather than blocks of the pool that are read into again when its write
   * has called back. Needed where it hands chunks on as they are: of those that are no Duplex, `Writable.fromWeb`
   * does. `false` where its writes may not call back: those blocks never come back. @default true for what can be read as
   * well (Duplex, Transform), but for sockets, and for all that is not Node's own, or whose `write` was replaced;
   * otherwise false
   */
  copy?: boolean | undefined;
}

/**
 * A stream of a file's bytes, in the shape of `fs.ReadStream`, read ahead past the page cache: see
 * {@link DirectFile.createReadStream}. Chunks are the consumer's to keep.
 */
declare class ReadStream extends Readable {
  #private;
  /** As given to what made the stream; of a file's stream the file's. */
  readonly path: string | Buffer;
  /** Bytes that were read for the consumer, those among them that he has not taken yet. */
  bytesRead: number;
  /** The descriptor, null before the file is open and when it is closed. */
  fd: number | null;
  private constructor();
  /** Whether the file is not open yet. */
  get pending(): boolean;
  /** Whether the file is closed at the end, and after an error. */
  get autoClose(): boolean;
  /** Destroys the stream; `callback` is told when it is closed. */
  close(callback?: (error?: NodeJS.ErrnoException | null) => void): void;
  _construct(callback: (error?: Error | null) => void): void;
  _read(size: number): void;
  _destroy(error: Error | null, callback: (error?: Error | null) => void): void;
}

/** Node's options of a read stream, and what is said of its memory. */
interface ReadStreamOptions extends BlocksOptions {
  /**
   * Position of the first byte. @default 0 of a stream that was opened by its path; of a file's, where its last sequential
   * operation ended: then the file's position follows the stream's
   */
  start?: number | undefined;
  /**
   * Position of the last byte, which is read too. Where a file's stream has no `start`, it counts from where that begins, as
   * Node has it. @default the end of the file, wherever it is when it is reached
   */
  end?: number | undefined;
  /**
   * Bytes of a chunk but for the last, and bytes of chunks that wait for the consumer. What is read ahead beside them is told by
   * `size` and `ahead`. @default 64 KiB
   */
  highWaterMark?: number | undefined;
  /** Chunks are strings. @default Buffers, the consumer's own */
  encoding?: BufferEncoding | null | undefined;
  /** Close the file at the end, and after an error. @default true */
  autoClose?: boolean | undefined;
  /** Emit `close` when the stream is destroyed. @default true */
  emitClose?: boolean | undefined;
  /** Bytes of a block that is read ahead. @default 512 KiB or a chunk, up to 1 MiB; with `pool`, a chunk or as much as it has */
  size?: number | undefined;
  /**
   * Where the blocks come from that chunks are copied out of; any number of readers may share one, and it bounds what they read
   * ahead. @default none where chunks are of whole blocks and 256 KiB or more: they are read into; otherwise one of its own
   * with room for `ahead` blocks and one
   */
  pool?: BufferPool | undefined;
}
/** The same of a stream that opens its file. */
interface PathReadStreamOptions extends ReadStreamOptions, Omit<OpenOptions, 'exact'> {}

/** What a web stream reads. */
interface ReadableWebStreamOptions extends BlocksOptions {
  /** There is no other: readers may bring their own memory (BYOB). @default 'bytes' */
  type?: 'bytes' | undefined;
  /**
   * Position of the first byte. @default where the last sequential operation ended: then the file's position follows the
   * stream's
   */
  start?: number | undefined;
  /** Close the file when the stream has ended, was cancelled or has failed. @default false */
  autoClose?: boolean | undefined;
}

/** How gathered bytes are written: see {@link WriteStreamOptions}. */
interface WriteBehindOptions {
  /**
   * Position of the first byte, in bytes. In a file that is open for appending every byte goes to the end.
   * @default where the last call without a position ended; the beginning of a file opened by path
   */
  start?: number | undefined;
  /**
   * Bytes of the blocks that are written, rounded up to what the file's alignment asks for; 4 KiB to 64 MiB.
   * @default 1 MiB, or as much as the pool has
   */
  size?: number | undefined;
  /**
   * Blocks at the most, of which one is being filled and the others are written, 1 to 1024. How many there are depends on what the
   * device has a use for. @default 16
   */
  behind?: number | undefined;
  /** Where the blocks come from. @default a pool of the stream's own, of `behind` blocks at the most */
  pool?: BufferPool | undefined;
  /** Whether all is durable (fsync(2)) when the end is told: by 'finish', or by the promise of `close()`. @default false */
  flush?: boolean | undefined;
}
/** How a {@link WriteStream} is made: Node's options, and how it writes. */
interface WriteStreamOptions extends WriteBehindOptions {
  /** Of strings. @default 'utf8' */
  encoding?: BufferEncoding | null | undefined;
  /** Bytes that may wait to be copied before `write` returns false. @default Node's own */
  highWaterMark?: number | undefined;
  /** Destroys the stream with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /** Whether 'close' is emitted. @default true */
  emitClose?: boolean | undefined;
  /** Whether the file is closed after 'finish' or an error; `destroy` closes it in any case. @default true */
  autoClose?: boolean | undefined;
}
/** The same for a path, and how it is opened. */
interface WriteFileStreamOptions extends WriteStreamOptions, Omit<OpenOptions, 'exact'> {
  /** Node's flag string, or O_* bits; `r+` rather than `w` for what is to be kept. @default 'w' */
  flags?: string | number | undefined;
}

/** What a web stream takes: bytes, and strings as UTF-8. */
type WebChunk = string | ArrayBuffer | NodeJS.ArrayBufferView;
/** How a file is written by a web stream. */
interface WritableWebStreamOptions extends WriteBehindOptions {
  /** Bytes that may wait to be copied before the writer is asked to wait. @default 64 KiB */
  highWaterMark?: number | undefined;
  /** Aborts the stream with an `AbortError`. */
  signal?: AbortSignal | undefined;
  /** Whether the file is closed when the stream has ended, also by an error. @default false */
  autoClose?: boolean | undefined;
}

type Callback = (error?: Error | null) => void;
/**
 * Writes a file past the page cache, with the options and events of `fs.WriteStream`.
 *
 * Chunks are copied into aligned blocks, and a chunk's callback is called when it is copied; a few blocks are written at the same time.
 * What was copied is in the file 50 ms later, unless the device is slower, at 'finish', and at 'close' also after `destroy`
 * and an abort. An error of a write destroys the stream, possibly after the callbacks of its chunks were called. Then nothing
 * is in the file behind the failed write that was not there before, as far as it can be cut off. Durable at 'finish' with
 * `flush`, otherwise not.
 */
declare class WriteStream extends Writable {
  #private;
  private constructor();
  /** The file's, as it was given. */
  get path(): string;
  /** The descriptor; null while the file is not open. */
  get fd(): number | null;
  /** Whether the file has still to be opened. */
  get pending(): boolean;
  /** As in the options. */
  get start(): number | undefined;
  /** Whether the file is closed by itself after 'finish' or an error. */
  get autoClose(): boolean;
  /**
   * Bytes that are in the file, from the first on without a gap: fewer than were copied while blocks are in flight, all at
   * 'finish'. After 'close' the stream has changed no byte of the file behind these. Where an error could not be cut off,
   * they may be other bytes than were given from the error's `position` on.
   */
  get bytesWritten(): number;
  /** Ends the stream and closes the file; `callback` is told of 'close'. */
  close(callback?: Callback): void;
  /** As `end`. */
  destroySoon(): void;
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
  read<B extends NodeJS.ArrayBufferView>(buffer: B, callback: ReadCallback<B>): void;
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
    positions: ArrayLike<number | bigint>,
    options?: OperationOptions,
  ): Promise<
    BatchResult<B> & {
      bytesRead: number;
    }
  >;
  /** Many writes under one promise: see {@link DirectFile.readBatch}. They have no order among themselves. */
  writeBatch<B extends NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[]>(
    buffers: B,
    positions: ArrayLike<number | bigint>,
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
  /** Writes all of `data` where the last sequential operation ended; what follows in the file stays. Not the file itself. */
  writeFile(data: FileData, options?: BufferEncoding | WriteFileOptions): Promise<void>;
  /** Writes all of `data` at the end of the file; not the file itself: `ERR_AIO_SAME_FILE`. */
  appendFile(data: FileData, options?: BufferEncoding | WriteFileOptions): Promise<void>;
  /**
   * The blocks of the file or of a part of it, in order, without a copy and with many reads under way. Each is in memory of a pool
   * and goes back there by {@link Block.release} or `using`, at any time and in any order. Where the pool is used up the next
   * one waits, with those of other readers in turn. Leave the loop, call `return` or abort the signal to end early. Bytes
   * that are written while they are read may be told as they were before. Throws for wrong options and a closed file.
   */
  blocks(options?: BlocksOptions): Blocks;
  /**
   * Writes the file, or a part of it, to a stream as fast as that takes it, without a copy: each block goes back to the pool when
   * its write has called back. A writable that keeps what it was given for longer must copy it; for a `Transform`, which may hand it
   * on, that is done here. Resolves to the bytes, when they are written and, unless `close` is false, the stream has
   * finished. Rejects with the stream's error, the file's, or an `AbortError`.
   */
  pipeTo(writable: NodeJS.WritableStream, options?: PipeOptions): Promise<number>;
  /**
   * A stream of the file's bytes, as FileHandle's: with Node's options and events, and read ahead. Chunks are the consumer's
   * to keep; with a `highWaterMark` of 256 KiB or more, in whole blocks, they are read into without a copy, and are a part of
   * their ArrayBuffer. From the eighth MiB of them on, glibc's malloc(3) keeps up to 64 MiB of what is freed at the end of its heap. Without
   * `start` it begins where the last sequential operation ended, and the file's position follows the chunks.
   * Closes the file at the end unless `autoClose` is false; `destroy()` does in any case. Throws for wrong options.
   */
  createReadStream(options?: BufferEncoding | ReadStreamOptions): ReadStream;
  /**
   * A byte stream of the web's kind: readers may bring memory of their own (`getReader({ mode: 'byob' })`); chunks of others are
   * whole blocks, and theirs to keep. Begins where the last sequential operation ended unless `start` is given. Throws for
   * wrong options and a closed file.
   */
  readableWebStream(options?: ReadableWebStreamOptions): ReadableStream<Uint8Array>;
  /**
   * Buffers with the bytes from where the last sequential operation ended to the end of the file, read ahead; the caller's to
   * keep. Where the loop is left, the next sequential operation goes on behind the last one. The file stays open.
   */
  [Symbol.asyncIterator](): AsyncGenerator<Buffer, undefined, undefined>;
  /**
   * A stream that writes from `start` on, or where the last sequential operation ended, and closes the file in the end unless
   * `autoClose` is false. Several at a time do not disturb each other where each has a `start`; those without come one after the
   * other. Closing the file ends them first.
   */
  createWriteStream(options?: BufferEncoding | WriteStreamOptions | null): WriteStream;
  /** The same as a web stream of bytes or strings. It leaves the file open unless `autoClose` is true. */
  writableWebStream(options?: WritableWebStreamOptions): WritableStream<WebChunk>;
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
  /** Refuse with `ERR_AIO_MISALIGNED` what would need a copy, but for calls of whole files (`readFile`) and streams. @default false */
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

/** How far a transfer has come. */
interface Progress {
  /** What it does: a copy that is verified does two things, one after the other. */
  phase: 'copy' | 'verify' | 'hash';
  /** Bytes that are done, of `total`. */
  bytes: number;
  /** Bytes that are to be moved, compared or hashed; of a copy, without those of holes. */
  total: number;
}
type ProgressCallback = (progress: Progress) => void;

/** How much is moved at once, who is told, and who may end it. Memory is `blockSize * inFlight`, from a pool that goes with the call. */
interface TransferOptions {
  /** Bytes of one operation, 4 KiB to 64 MiB; rounded up to what the files' alignment asks for. @default 1 MiB */
  blockSize?: number | undefined;
  /** Operations in flight at the most, on both sides together, 1 to 1024. @default 16 */
  inFlight?: number | undefined;
  /**
   * Told how far it has come, at most ten times a second and once at the end of each phase. What it throws ends the call,
   * which then rejects with that.
   */
  progress?: ProgressCallback | undefined;
  /** Rejects with an `AbortError`, when what is in flight has ended and everything is as it was before. */
  signal?: AbortSignal | undefined;
}

/** How a file is copied. */
interface CopyOptions extends TransferOptions {
  /**
   * Read both back from the device when the copy is durable there, and compare; rejects with `ERR_AIO_VERIFY_FAILED`, and
   * without the copy, where they differ. Where there is no O_DIRECT it may be the page cache that is read. @default false
   */
  verify?: boolean | undefined;
  /**
   * Give the copy the source's mode, access control list, times, and as far as the process may its owner. Where the
   * filesystem has no such lists, of a file with one the group has no rights. Other extended attributes are not copied. Of a
   * block device nothing is changed. @default false
   */
  preserve?: boolean | undefined;
  /** Refuse a destination that exists, with EEXIST. @default false */
  exclusive?: boolean | undefined;
  /** Write to a block device although it is mounted or in use. @default false */
  force?: boolean | undefined;
  /**
   * Make the destination's name durable too: fsync(2) of the directory. Without it, after a power cut the name may lead to what
   * it led to before; never to less than all of the copy, whose content is durable in any case. Where that fsync fails, the
   * copy has its name all the same. @default false
   */
  flush?: boolean | undefined;
}
/** What a copy has done. */
interface CopyResult {
  /** Bytes of the source. */
  size: number;
  /** Bytes that were read and written. */
  bytes: number;
  /** Bytes of holes, which were left out. */
  holes: number;
  /** Whether the copy was read back and compared. */
  verified: boolean;
}
/**
 * Copies a regular file or a block device past the page cache, with many operations in flight on both sides, and without
 * copying in memory.
 *
 * The copy is made under a temporary name in the destination's directory. Complete and durable, it takes the destination's name
 * at once. What had the name is replaced, not written into, which takes the right to write to the directory alone: other hard
 * links keep what it was, and the copy has its mode, its access control list and, as far as the process may, its owner. A new file has the source's permission bits, less the umask. On every failure and on
 * abort it is removed, and the destination is as before. Symbolic links are followed on both sides; one to nothing is refused.
 *
 * Holes stay holes where the filesystem tells them. Extents are never shared with the source (no reflink): a copy has blocks
 * of its own, so that what harms the source's leaves it whole. Of a source that is written meanwhile the copy may have any
 * mixture. One that grows is copied as long as it was; one that shrinks is `ERR_AIO_FILE_CHANGED`.
 *
 * A block device as the destination is written in place, with zeros for holes: an abort or an error leaves it half written, and
 * behind the source's length it stays as it was. It is refused with EBUSY where it is mounted or in use, unless `force`, and with
 * ENOSPC where it is too small.
 *
 * Rejects with the errors of open(2), read(2), write(2) and rename(2), `ERR_AIO_SAME_FILE`, EISDIR for a directory as the
 * destination, and `ERR_AIO_UNSUPPORTED_FILE` for what else is neither file nor block device.
 */
declare function copyFile(source: FilePath, destination: FilePath, options?: CopyOptions | null): Promise<CopyResult>;

/** What of a file is hashed, and how. */
interface HashOptions extends TransferOptions {
  /** One of `crypto.getHashes()`. @default 'sha256' */
  algorithm?: string | undefined;
  /** First byte. @default 0 */
  start?: number | undefined;
  /** Last byte, inclusive; what lies behind the end of the file is not there. @default the end of the file */
  end?: number | undefined;
}
/**
 * The digest of a file or block device, or of a part, read past the page cache and far ahead of the hash, which runs in this
 * thread, a quarter of a mebibyte at a time. As long as the file was when it was opened.
 *
 * Rejects with createHash's error for an algorithm that is not known, the errors of open(2) and read(2), and
 * `ERR_AIO_FILE_CHANGED` where the file becomes shorter meanwhile.
 */
declare function hashFile(path: FilePath, options?: HashOptions | null): Promise<Buffer>;

/** What a comparison has found. */
interface VerifyResult {
  /** Whether they have the same content, and the same length. */
  equal: boolean;
  /** Bytes of each that were compared; holes that both have were not. */
  bytes: number;
  /** Of the first byte that is not the same, or that only one of them has. Not there where they are equal. */
  position?: number;
}
/**
 * Compares two files or block devices byte by byte past the page cache, with many reads in flight on both. What is a hole in
 * both is taken for equal. Of a block device that is longer than the file it is compared with, only the length of that counts,
 * as of one that an image was written to.
 *
 * Where there is no O_DIRECT it may be the page cache that is read. Rejects with the errors of open(2) and read(2), and
 * `ERR_AIO_FILE_CHANGED` where one becomes shorter meanwhile.
 */
declare function verifyFile(a: FilePath, b: FilePath, options?: TransferOptions | null): Promise<VerifyResult>;

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

/**
 * A stream of the bytes of the file at `path`, past the page cache: as `fs.createReadStream`, with its options but for `fd` and
 * `fs`, and those of {@link open}. What is wrong with the arguments is thrown; what is wrong with the file is an `error`
 * of the stream.
 */
declare function createReadStream(path: FilePath, options?: BufferEncoding | PathReadStreamOptions): ReadStream;

/**
 * A stream that writes a file past the page cache, as `fs.createWriteStream`. Throws where an argument is of no use; what
 * opening and writing fail with is emitted as 'error': see {@link open}.
 */
declare function createWriteStream(
  path: FilePath,
  options?: BufferEncoding | WriteFileStreamOptions | null,
): WriteStream;

export {
  AioError,
  Block,
  Blocks,
  BufferPool,
  DirectFile,
  PreparedBatch,
  ReadStream,
  SubmissionQueue,
  WriteStream,
  allocate,
  copyFile,
  createReadStream,
  createWriteStream,
  hashFile,
  open,
  probe,
  verifyFile,
};
export type {
  AioErrorCode,
  AlignedBuffer,
  Alignment,
  BatchError,
  BatchMode,
  BatchResult,
  BlocksOptions,
  BufferPoolOptions,
  BufferPoolStats,
  CopyOptions,
  CopyResult,
  DeviceReport,
  DirectChoice,
  EngineChoice,
  FileData,
  FilePath,
  HashOptions,
  KernelError,
  LimitsReport,
  OpenOptions,
  OperationOptions,
  PathReadStreamOptions,
  PipeOptions,
  Position,
  PreallocateOptions,
  PreparedOptions,
  Priority,
  ProbeReport,
  Progress,
  ProgressCallback,
  QueueStats,
  ReadCallback,
  ReadFileOptions,
  ReadOptions,
  ReadResult,
  ReadStreamOptions,
  ReadableWebStreamOptions,
  SharedMemory,
  SubmissionQueueOptions,
  TransferOptions,
  VerifyResult,
  WebChunk,
  WritableWebStreamOptions,
  WriteBehindOptions,
  WriteCallback,
  WriteFileOptions,
  WriteFileStreamOptions,
  WriteOperationOptions,
  WriteOptions,
  WriteResult,
  WriteStreamOptions,
};
