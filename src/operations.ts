import { onAbort, refuseAborted } from './abort.js';
import { copyDown, copyUp, detached } from './apart.js';
import type { Bounce } from './bounce.js';
import type { Callback } from './callbacks.js';
import { resolveOfLast, unsettled } from './deferred.js';
import { EDQUOT, EIO, ENOSPC } from './errnos.js';
import { abortError, kernelError, rejectInCallersStack } from './errors.js';
import type { ReadResult, WriteResult } from './file-types.js';
import { FDSYNC, FSYNC, isRead, isWrite, PREAD, PREADV, PWRITE, PWRITEV } from './opcodes.js';
import type { OpenFile } from './open-file.js';
import type { Manner } from './options.js';
import { NO_PHASE, type Phase } from './paddings.js';
import type { Extent } from './slab.js';
import type { Settler } from './slots.js';
import type { Generation } from './write-calls.js';
import type { WriteRange } from './write-ranges.js';

/** What a sync fails with when data could not be written. */
const UNWRITTEN = new Set([EIO, ENOSPC, EDQUOT]);

const SYSCALLS: Record<number, string> = {
  [PREAD]: 'read',
  [PWRITE]: 'write',
  [FSYNC]: 'fsync',
  [FDSYNC]: 'fdatasync',
  [PREADV]: 'readv',
  [PWRITEV]: 'writev',
};

const NO_EXTENTS: readonly Extent[] = [];

/** What an operation tells of its bytes. One class for all of them: its methods stay fast where they see but one. */
type Shape = 'count' | 'read' | 'write';

/** What few operations have to see to. */
interface Burden {
  range: WriteRange | undefined;
  call: Generation | undefined;
  unlisten: (() => void) | undefined;
  durable: boolean;
  bounce: Bounce | undefined;
}

/** Of an operation that is no write. */
function burdenOf(bounce: Bounce | undefined): Burden {
  return { range: undefined, call: undefined, unlisten: undefined, durable: false, bounce };
}

/**
 * One operation from its call to its result. Until the kernel is done with it, it keeps the file open, its
 * memory out of the pool and its range of the file; `settle` gives all three back, also after an abort.
 */
export class Operation<T> implements Settler {
  readonly #file: OpenFile;
  readonly #opcode: number;
  readonly #position: number;
  readonly #shape: Shape;
  /** The caller's own. */
  readonly #buffer: unknown;
  /** Who is told of the end, where not by a promise. */
  readonly #callback: Callback | undefined;
  /** When it began, of a read: see {@link Paddings}. */
  #since: Phase = NO_PHASE;
  #resolve: ((value: T) => void) | undefined = undefined;
  #extents: readonly Extent[] = NO_EXTENTS;
  #burden: Burden | undefined = undefined;
  /** Whether what was read has to be brought to where JavaScript finds it. */
  #copiesUp = false;
  #aborted = false;

  private constructor(
    file: OpenFile,
    opcode: number,
    position: number,
    shape: Shape,
    buffer: unknown,
    callback: Callback | undefined,
  ) {
    this.#file = file;
    this.#opcode = opcode;
    this.#position = position;
    this.#shape = shape;
    this.#buffer = buffer;
    this.#callback = callback;
  }

  /** One whose result is the number of its bytes. */
  static plain(file: OpenFile, opcode: number, position: number): Operation<number> {
    return new Operation(file, opcode, position, 'count', undefined, undefined);
  }

  /** A read in FileHandle's shape. */
  static read<B>(file: OpenFile, position: number, buffer: B, callback?: Callback): Operation<ReadResult<B>> {
    return new Operation(file, PREAD, position, 'read', buffer, callback);
  }

  /** A write in FileHandle's shape. */
  static write<B>(file: OpenFile, position: number, buffer: B, callback?: Callback): Operation<WriteResult<B>> {
    return new Operation(file, PWRITE, position, 'write', buffer, callback);
  }

  /** Enqueues the operation of a copy in one step: see {@link Operation.start}. */
  startBounced(manner: Readonly<Manner>, bounce: Bounce): Promise<T> {
    return this.start(manner, bounce.extent.alone, bounce.range, false, bounce);
  }

  /**
   * Enqueues the operation; the promise of its end, where no callback is told of that. Throws, with nothing kept, where its
   * signal is aborted or the queue is full. Where it does not listen to the signal from then on, the promise tells the end,
   * not the abort.
   */
  start(
    manner: Readonly<Manner>,
    extents: readonly Extent[],
    range?: WriteRange,
    listens = true,
    bounce?: Bounce,
  ): Promise<T> {
    const { signal } = manner;
    const { inode } = this.#file.facts;
    let slot: number;
    // Before code of the program can run, which has hooks for every promise.
    this.#file.begin();
    for (const extent of extents) extent.pin();
    try {
      // Again: it may have waited for its turn since the options were looked at.
      if (signal !== undefined) refuseAborted(signal);
      slot = this.#enqueue(manner, extents);
    } catch (error) {
      for (const extent of extents) extent.unpin();
      this.#file.end();
      if (range !== undefined) inode.ranges.leave(range);
      bounce?.end();
      throw error;
    }
    this.#extents = extents;
    if (isRead(this.#opcode)) this.#since = inode.paddings.remember();
    if (isWrite(this.#opcode)) {
      const durable = this.#file.writesDurably(manner.rwFlags);
      this.#burden = { range, call: range && inode.writes.begin(), unlisten: undefined, durable, bounce };
    } else if (bounce !== undefined) {
      this.#burden = burdenOf(bounce);
    }
    // A callback is told without a promise.
    const promise = this.#callback === undefined ? this.#promise() : (undefined as never);
    if (listens && signal !== undefined) this.#listen(signal, slot);
    return promise;
  }

  #promise(): Promise<T> {
    const promise = unsettled<T>();
    this.#resolve = resolveOfLast();
    return promise;
  }

  #enqueue({ rwFlags, priority }: Readonly<Manner>, extents: readonly Extent[]): number {
    const { carrier, fd, handle, queue } = this.#file.facts;
    if (carrier === 'fs') {
      const what = { opcode: this.#opcode, position: this.#position, rwFlags, extents };
      return queue.carry(this, 0, { file: handle, fd, ...what });
    }
    if (extents[0]?.slab.apart === true) {
      if (isWrite(this.#opcode)) copyDown(extents);
      else this.#copiesUp = true;
      queue.noteCopies(extents[0].slab, 1);
    }
    const vectored = this.#opcode === PREADV || this.#opcode === PWRITEV;
    if (vectored) {
      const segments = extents.flatMap(({ slab, offset, length }) => [slab.handle, offset, length]);
      return queue.enqueueVectored(this, 0, this.#opcode, handle, this.#position, rwFlags, priority, segments);
    }
    const extent = extents[0];
    const slab = extent?.slab.handle ?? 0;
    const offset = extent?.offset ?? 0;
    const length = extent?.length ?? 0;
    return queue.enqueue(this, 0, this.#opcode, handle, this.#position, rwFlags, priority, slab, offset, length);
  }

  settle(_tag: number, result: number): void {
    // Whoever aborts has the memory back: see {@link copyUp}.
    const lost = this.#copiesUp && result > 0 && !this.#aborted && !copyUp(this.#extents, result);
    for (const extent of this.#extents) extent.unpin();
    if (this.#burden !== undefined) this.#layDown(this.#burden, result);
    this.#file.end();
    if (result < 0) this.#noteFailure(result);
    try {
      if (!this.#aborted) this.#tellEnd(result, lost);
    } finally {
      if (isRead(this.#opcode)) this.#file.facts.inode.paddings.forget(this.#since);
      this.#burden?.bounce?.end();
    }
  }

  #tellEnd(result: number, lost: boolean): void {
    if (lost) this.#tellFailure(detached);
    else if (result >= 0) this.#arrive(this.#withinFile(result));
    else this.#tellFailure(() => this.#failure(result));
  }

  #arrive(bytes: number): void {
    const bounce = this.#burden?.bounce;
    if (bounce === undefined) {
      this.#tell(bytes);
      return;
    }
    let arrived: number;
    try {
      arrived = bounce.arrive(bytes);
    } catch {
      this.#tellFailure(detached);
      return;
    }
    this.#tell(arrived);
  }

  #layDown({ range, call, unlisten }: Burden, result: number): void {
    const { inode } = this.#file.facts;
    unlisten?.();
    if (range !== undefined) {
      if (result > 0) inode.size = Math.max(inode.size, this.#position + result);
      inode.ranges.leave(range);
    }
    if (call !== undefined) inode.writes.end(call);
  }

  #tell(bytes: number): void {
    if (this.#callback !== undefined) this.#callBack(null, bytes);
    else this.#resolve?.(this.#result(bytes));
  }

  #tellFailure(build: () => Error): void {
    if (this.#callback !== undefined) this.#callBack(build(), 0);
    else if (this.#resolve !== undefined) rejectInCallersStack(this.#resolve, build);
  }

  #callBack(error: Error | null, bytes: number): void {
    this.#file.facts.queue.callbacks.add(this.#callback as Callback, error, bytes, this.#buffer);
  }

  /** The public result for a number of bytes. */
  #result(bytes: number): T {
    if (this.#shape === 'read') return { bytesRead: bytes, buffer: this.#buffer } as T;
    if (this.#shape === 'write') return { bytesWritten: bytes, buffer: this.#buffer } as T;
    return bytes as T;
  }

  #noteFailure(errno: number): void {
    const syncs = this.#opcode === FSYNC || this.#opcode === FDSYNC;
    if (syncs ? UNWRITTEN.has(errno) : this.#burden?.durable === true && errno === EIO) this.#file.failSync(errno);
  }

  #withinFile(bytes: number): number {
    if (!isRead(this.#opcode)) return bytes;
    return this.#file.facts.inode.paddings.visible(this.#since, this.#position, bytes);
  }

  #failure(errno: number): Error {
    const syscall = SYSCALLS[this.#opcode] ?? 'io_submit';
    const hasPosition = this.#opcode !== FSYNC && this.#opcode !== FDSYNC;
    const position = hasPosition ? this.#position : undefined;
    return kernelError(errno, syscall, { path: this.#file.facts.path, position });
  }

  #listen(signal: AbortSignal, slot: number): void {
    const burden = (this.#burden ??= burdenOf(undefined));
    burden.unlisten = onAbort(signal, () => {
      this.#aborted = true;
      this.#tellFailure(() => abortError(signal));
      this.#file.facts.queue.withdraw(slot);
    });
  }
}
