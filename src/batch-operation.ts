import { onAbort } from './abort.js';
import { copyDown, copyUp } from './apart.js';
import { batchError } from './batch-error.js';
import { resolveOfLast, unsettled } from './deferred.js';
import { EAGAIN, EFAULT, EIO } from './errnos.js';
import { rejectInCallersStack, type AioError } from './errors.js';
import { PREAD, PWRITE } from './opcodes.js';
import type { OpenFile } from './open-file.js';
import { NO_PHASE } from './paddings.js';
import type { Manner } from './options.js';
import type { Places } from './places.js';
import type { Settler } from './slots.js';
import type { Generation } from './write-calls.js';
import type { WriteRange } from './write-ranges.js';

/** Operations that settle one promise when the last of them is done. Then they can be started again. */
export abstract class BatchOperation<T> implements Settler {
  /** Where in the file each moves; not to be changed before the end. */
  readonly positions: Float64Array;
  /** Of each operation that is done: bytes, or a negative errno. Whoever has got them may transfer their memory away. */
  results: Int32Array;
  readonly #file: OpenFile;
  readonly #opcode: number;
  readonly #places: Places;
  /** Whether what was read has to be brought to where JavaScript finds it. */
  readonly #copiesUp: boolean;
  #range: WriteRange | undefined;
  #call: Generation | undefined;
  /** When its reads began: see {@link Paddings}. */
  #since = NO_PHASE;
  /** Of each operation not settled yet, where it can be aborted; -1 afterwards. */
  #slots: Int32Array | undefined;
  #unlisten: (() => void) | undefined;
  #durable = false;
  #aborted = false;
  #end = 0;
  #total = 0;
  #failed = false;
  #remaining = 0;
  #resolve: (outcome: T) => void = () => undefined;

  constructor(file: OpenFile, opcode: number, places: Places, positions: Float64Array) {
    this.#file = file;
    this.#opcode = opcode;
    this.#places = places;
    this.positions = positions;
    this.results = new Int32Array(places.length);
    this.#copiesUp = opcode === PREAD && file.facts.carrier === 'aio' && places.run === undefined;
  }

  /** Whether somebody keeps it, to start it when its turn comes. */
  waits = false;

  /** Whether it was started, or is going to be, and has not ended. */
  get isUnderWay(): boolean {
    return this.waits || this.#remaining > 0;
  }

  /** Whether it changes the file. */
  get writes(): boolean {
    return this.#opcode === PWRITE;
  }

  /** What the promise tells when all were moved: so many bytes. */
  protected abstract outcome(bytes: number): T;

  start({ rwFlags, priority, signal }: Readonly<Manner>, range?: WriteRange): Promise<T> {
    const { inode } = this.#file.facts;
    this.#range = range;
    this.#call = range && inode.writes.begin();
    if (this.#opcode === PREAD) this.#since = inode.paddings.remember();
    this.#durable = this.#opcode === PWRITE && this.#file.writesDurably(rwFlags);
    this.#aborted = this.#failed = false;
    this.#end = this.#total = 0;
    this.#remaining = this.#places.length;
    if (this.results.length === 0) this.results = new Int32Array(this.#places.length);
    // Before code of the program can run, which has hooks for every promise.
    this.#file.begin();
    this.#places.pin();
    const promise = unsettled<T>();
    this.#resolve = resolveOfLast();
    if (signal !== undefined) this.#listen(signal);
    if (this.#file.facts.carrier === 'fs' || this.#places.run === undefined) this.#enqueueEach(rwFlags, priority);
    else this.#enqueueRun(rwFlags, priority);
    return promise;
  }

  #enqueueRun(rwFlags: number, priority: number): void {
    const { handle, queue } = this.#file.facts;
    const places = this.#places;
    const { positions } = this;
    let done = queue.enqueueRun(this, this.#opcode, handle, rwFlags, priority, places, positions, this.#slots);
    // The room was looked at before; what could not be enqueued all the same is told as the kernel would.
    while (done < places.length) this.settle(done++, EAGAIN);
  }

  #enqueueEach(rwFlags: number, priority: number): void {
    for (let index = 0; index < this.#places.length; index++) {
      try {
        const slot = this.#enqueue(index, rwFlags, priority);
        if (this.#slots !== undefined) this.#slots[index] = slot;
      } catch (error) {
        this.settle(index, (error as AioError).code === 'ERR_AIO_BUFFER_DETACHED' ? EFAULT : EAGAIN);
      }
    }
  }

  #enqueue(index: number, rwFlags: number, priority: number): number {
    const { carrier, fd, handle, queue } = this.#file.facts;
    const places = this.#places;
    const position = this.positions[index] as number;
    if (carrier === 'fs') {
      const what = { opcode: this.#opcode, position, rwFlags, extents: places.extentOf(index).alone };
      return queue.carry(this, index, { file: handle, fd, ...what });
    }
    const slab = places.slabOf(index);
    if (slab.apart) {
      if (this.#opcode === PWRITE) copyDown(places.extentOf(index).alone);
      queue.noteCopies(slab, 1);
    }
    const [offset, length] = [places.offsetOf(index), places.lengthOf(index)];
    return queue.enqueue(this, index, this.#opcode, handle, position, rwFlags, priority, slab.handle, offset, length);
  }

  settle(index: number, told: number): void {
    let result = told;
    if (told > 0) {
      if (this.#copiesUp && !this.#bringUp(index, told)) result = EFAULT;
      else if (this.#opcode === PREAD) result = this.#withinFile(index, told);
      else this.#end = Math.max(this.#end, (this.positions[index] as number) + told);
    }
    this.results[index] = result;
    if (result >= 0) this.#total += result;
    else this.#noteFailure(result);
    if (this.#slots !== undefined) this.#slots[index] = -1;
    if (--this.#remaining === 0) this.#finish();
  }

  #noteFailure(errno: number): void {
    this.#failed = true;
    if (errno === EIO && this.#durable) this.#file.failSync(EIO);
  }

  #finish(): void {
    this.#unlisten?.();
    this.#unlisten = this.#slots = undefined;
    const { inode } = this.#file.facts;
    if (this.#opcode === PREAD) inode.paddings.forget(this.#since);
    // All since would be kept.
    this.#since = NO_PHASE;
    this.#places.unpin();
    if (this.#range !== undefined) {
      inode.size = Math.max(inode.size, this.#end);
      inode.ranges.leave(this.#range);
    }
    if (this.#call !== undefined) inode.writes.end(this.#call);
    this.#file.end();
    if (this.#failed) this.#reject();
    else this.#resolve(this.outcome(this.#total));
  }

  #reject(): void {
    const positions = new Float64Array(this.positions);
    const lost = this.results.length === 0;
    const results = lost ? new Int32Array(this.#places.length).fill(EFAULT) : new Int32Array(this.results);
    rejectInCallersStack(this.#resolve, () => batchError(this.#file, this.#opcode, positions, results));
  }

  /** Where the memory is not the kernel's: see {@link copyUp}. Whoever aborts has the memory back. */
  #bringUp(index: number, bytes: number): boolean {
    if (this.#aborted) return true;
    return !this.#places.slabOf(index).apart || copyUp(this.#places.extentOf(index).alone, bytes);
  }

  #withinFile(index: number, bytes: number): number {
    return this.#file.facts.inode.paddings.visible(this.#since, this.positions[index] as number, bytes);
  }

  /** An abort takes back what is not in flight yet; who waits for the batch is told by {@link untilAborted}. */
  #listen(signal: AbortSignal): void {
    const slots = (this.#slots = new Int32Array(this.#places.length).fill(-1));
    this.#unlisten = onAbort(signal, () => {
      this.#aborted = true;
      for (const slot of slots) if (slot >= 0) this.#file.facts.queue.withdraw(slot);
    });
  }
}
