import { onAbort } from './abort.js';
import { copyDown, copyUp } from './apart.js';
import { EAGAIN, EFAULT, EIO } from './errnos.js';
import type { AioError } from './errors.js';
import { visibleBytes } from './inode.js';
import { PREAD, PWRITE } from './opcodes.js';
import type { OpenFile } from './open-file.js';
import type { Manner } from './options.js';
import type { Places } from './places.js';
import type { Settler } from './slots.js';
import type { Generation } from './write-calls.js';
import type { WriteRange } from './write-ranges.js';

/** Operations that settle one promise when the last of them is done. */
export class BatchOperation implements Settler {
  readonly promise: Promise<Int32Array>;
  readonly results: Int32Array;
  readonly #file: OpenFile;
  readonly #opcode: number;
  readonly #positions: Float64Array;
  readonly #places: Places;
  readonly #range: WriteRange | undefined;
  readonly #paddings: number;
  readonly #call: Generation | undefined;
  /** Of each operation not settled yet, where it can be aborted; -1 afterwards. */
  #slots: Int32Array | undefined;
  #unlisten: (() => void) | undefined;
  #durable = false;
  #aborted = false;
  #end = 0;
  #remaining: number;
  #resolve!: (results: Int32Array) => void;

  constructor(file: OpenFile, opcode: number, positions: Float64Array, places: Places, range: WriteRange | undefined) {
    this.#file = file;
    this.#opcode = opcode;
    this.#positions = positions;
    this.#places = places;
    this.#range = range;
    this.#paddings = file.facts.inode.paddings;
    this.#call = range && file.facts.inode.writes.begin();
    this.#remaining = positions.length;
    this.results = new Int32Array(positions.length);
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start({ rwFlags, priority, signal }: Readonly<Manner>): this {
    this.#durable = this.#opcode === PWRITE && this.#file.writesDurably(rwFlags);
    this.#file.begin();
    if (signal !== undefined) this.#listen(signal);
    this.#places.pin();
    for (let index = 0; index < this.#places.length; index++) {
      try {
        const slot = this.#enqueue(index, rwFlags, priority);
        if (this.#slots !== undefined) this.#slots[index] = slot;
      } catch (error) {
        // The room was looked at before; what could not be enqueued all the same is told as the kernel would.
        this.settle(index, (error as AioError).code === 'ERR_AIO_BUFFER_DETACHED' ? EFAULT : EAGAIN);
      }
    }
    return this;
  }

  #enqueue(index: number, rwFlags: number, priority: number): number {
    const { carrier, fd, handle, queue } = this.#file.facts;
    const places = this.#places;
    const position = this.#positions[index] as number;
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
    const result = told > 0 && !this.#bringUp(index, told) ? EFAULT : told;
    this.results[index] = result > 0 ? this.#withinFile(index, result) : result;
    if (result === EIO && this.#durable) this.#file.failSync(EIO);
    if (result > 0) this.#end = Math.max(this.#end, (this.#positions[index] as number) + result);
    if (this.#slots !== undefined) this.#slots[index] = -1;
    if (--this.#remaining > 0) return;
    this.#unlisten?.();
    const { inode } = this.#file.facts;
    this.#places.unpin();
    if (this.#range !== undefined) {
      inode.size = Math.max(inode.size, this.#end);
      inode.ranges.leave(this.#range);
    }
    if (this.#call !== undefined) inode.writes.end(this.#call);
    this.#file.end();
    this.#resolve(this.results);
  }

  /** Where the memory is not the kernel's: see {@link copyUp}. Whoever aborts has the memory back. */
  #bringUp(index: number, bytes: number): boolean {
    if (this.#opcode !== PREAD || this.#aborted || this.#file.facts.carrier === 'fs') return true;
    return !this.#places.slabOf(index).apart || copyUp(this.#places.extentOf(index).alone, bytes);
  }

  #withinFile(index: number, bytes: number): number {
    if (this.#opcode !== PREAD) return bytes;
    return visibleBytes(this.#file.facts.inode, this.#paddings, this.#positions[index] as number, bytes);
  }

  /** An abort takes back what is not in flight yet; who waits for the batch is told by {@link untilAborted}. */
  #listen(signal: AbortSignal): void {
    const slots = (this.#slots = new Int32Array(this.#positions.length).fill(-1));
    this.#unlisten = onAbort(signal, () => {
      this.#aborted = true;
      for (const slot of slots) if (slot >= 0) this.#file.facts.queue.withdraw(slot);
    });
  }
}
