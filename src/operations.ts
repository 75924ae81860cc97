import { onAbort, refuseAborted } from './abort.js';
import { copyDown, copyUp, detached } from './apart.js';
import { EDQUOT, EIO, ENOSPC } from './errnos.js';
import { abortError, kernelError, rejectInCallersStack } from './errors.js';
import { visibleBytes } from './inode.js';
import { FDSYNC, FSYNC, isRead, isWrite, PREAD, PREADV, PWRITE, PWRITEV } from './opcodes.js';
import type { OpenFile } from './open-file.js';
import type { Manner } from './options.js';
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

/** Kept, for the global one may be replaced: by one that makes others meanwhile. */
const { Promise } = globalThis;

/** What the promise that was made last is resolved by: a function for all of them, since one for each would cost. */
let caughtResolve: (value: unknown) => void;

const catchResolve = (resolve: (value: never) => void): void => {
  caughtResolve = resolve as typeof caughtResolve;
};

/**
 * One operation from its call to its result. Until the kernel is done with it, it keeps the file open, its
 * memory out of the pool and its range of the file; `settle` gives all three back, also after an abort.
 */
export abstract class Operation<T> implements Settler {
  readonly promise: Promise<T>;
  readonly #file: OpenFile;
  readonly #opcode: number;
  readonly #position: number;
  readonly #paddings: number;
  readonly #resolve: (value: T) => void;
  #extents: readonly Extent[] = NO_EXTENTS;
  #range: WriteRange | undefined;
  #call: Generation | undefined;
  #unlisten: (() => void) | undefined;
  #slot = -1;
  #durable = false;
  #aborted = false;

  constructor(file: OpenFile, opcode: number, position: number) {
    this.#file = file;
    this.#opcode = opcode;
    this.#position = position;
    this.#paddings = file.facts.inode.paddings;
    this.promise = new Promise<T>(catchResolve);
    this.#resolve = caughtResolve;
  }

  /** The public result for a number of bytes. */
  protected abstract result(bytes: number): T;

  /**
   * Enqueues the operation. Throws, with nothing kept, where its signal is aborted or the queue is full. Where it does not
   * listen to the signal from then on, its promise tells the end, not the abort.
   */
  start(manner: Readonly<Manner>, extents: readonly Extent[], range?: WriteRange, listens = true): this {
    const { handle, inode } = this.#file.facts;
    try {
      // Again: it may have waited for its turn since the options were looked at.
      refuseAborted(manner.signal);
      this.#slot = this.#enqueue(manner, extents, handle);
    } catch (error) {
      if (range !== undefined) inode.ranges.leave(range);
      throw error;
    }
    this.#durable = isWrite(this.#opcode) && this.#file.writesDurably(manner.rwFlags);
    this.#file.begin();
    for (const { slab, offset, length } of extents) slab.pin(offset, length);
    this.#extents = extents;
    if (range !== undefined) {
      this.#range = range;
      this.#call = inode.writes.begin();
    }
    if (listens && manner.signal !== undefined) this.#listen(manner.signal);
    return this;
  }

  #enqueue({ rwFlags, priority }: Readonly<Manner>, extents: readonly Extent[], handle: number): number {
    const { carrier, fd, queue } = this.#file.facts;
    if (carrier === 'fs') {
      const what = { opcode: this.#opcode, position: this.#position, rwFlags, extents };
      return queue.carry(this, 0, { file: handle, fd, ...what });
    }
    if (extents[0]?.slab.apart === true) {
      if (isWrite(this.#opcode)) copyDown(extents);
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
    this.#unlisten?.();
    const { inode } = this.#file.facts;
    const lost = result > 0 && !this.#aborted && !this.#bringUp(result);
    for (const { slab, offset, length } of this.#extents) slab.unpin(offset, length);
    if (this.#range !== undefined) {
      if (result > 0) inode.size = Math.max(inode.size, this.#position + result);
      inode.ranges.leave(this.#range);
    }
    if (this.#call !== undefined) inode.writes.end(this.#call);
    this.#file.end();
    if (result < 0) this.#noteFailure(result);
    if (this.#aborted) return;
    if (lost) {
      rejectInCallersStack(this.#resolve, detached);
    } else if (result >= 0) {
      this.#resolve(this.result(this.#withinFile(result)));
    } else {
      rejectInCallersStack(this.#resolve, () => this.#failure(result));
    }
  }

  /** Where the memory is not the kernel's: see {@link copyUp}. */
  #bringUp(bytes: number): boolean {
    return this.#file.facts.carrier === 'fs' || isWrite(this.#opcode) || copyUp(this.#extents, bytes);
  }

  #noteFailure(errno: number): void {
    const syncs = this.#opcode === FSYNC || this.#opcode === FDSYNC;
    if (syncs ? UNWRITTEN.has(errno) : this.#durable && errno === EIO) this.#file.failSync(errno);
  }

  #withinFile(bytes: number): number {
    if (!isRead(this.#opcode)) return bytes;
    return visibleBytes(this.#file.facts.inode, this.#paddings, this.#position, bytes);
  }

  #failure(errno: number): Error {
    const syscall = SYSCALLS[this.#opcode] ?? 'io_submit';
    const hasPosition = this.#opcode !== FSYNC && this.#opcode !== FDSYNC;
    const position = hasPosition ? this.#position : undefined;
    return kernelError(errno, syscall, { path: this.#file.facts.path, position });
  }

  #listen(signal: AbortSignal): void {
    this.#unlisten = onAbort(signal, () => {
      this.#aborted = true;
      rejectInCallersStack(this.#resolve, () => abortError(signal));
      this.#file.facts.queue.withdraw(this.#slot);
    });
  }
}

const NO_EXTENTS: readonly Extent[] = [];

/** An operation whose result is the number of its bytes. */
export class PlainOperation extends Operation<number> {
  protected result(bytes: number): number {
    return bytes;
  }
}

/** A read in FileHandle's shape. */
export class ReadOperation<B> extends Operation<{ bytesRead: number; buffer: B }> {
  readonly #buffer: B;

  constructor(file: OpenFile, position: number, buffer: B) {
    super(file, PREAD, position);
    this.#buffer = buffer;
  }

  protected result(bytesRead: number): { bytesRead: number; buffer: B } {
    return { bytesRead, buffer: this.#buffer };
  }
}

/** A write in FileHandle's shape. */
export class WriteOperation<B> extends Operation<{ bytesWritten: number; buffer: B }> {
  readonly #buffer: B;

  constructor(file: OpenFile, position: number, buffer: B) {
    super(file, PWRITE, position);
    this.#buffer = buffer;
  }

  protected result(bytesWritten: number): { bytesWritten: number; buffer: B } {
    return { bytesWritten, buffer: this.#buffer };
  }
}
