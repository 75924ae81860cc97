import fs from 'node:fs';
import { constants } from 'node:os';

import { copyDown, copyUp } from './apart.js';
import { later, soon } from './clock.js';
import { FS_TAKES_DESCRIPTORS } from './descriptor.js';
import { carryOut, holdSlab, loadError, releaseSlab } from './native.js';
import { FDSYNC, FSYNC, isRead, isWrite } from './opcodes.js';
import { RWF_APPEND, RWF_ATOMIC, RWF_DSYNC, RWF_NOWAIT } from './options.js';
import type { QueueStats } from './queue-stats.js';
import type { Extent } from './slab.js';

const { ECANCELED, EFAULT, EINVAL, EIO, EOPNOTSUPP } = constants.errno;

/** One operation as node:fs is asked for it. */
export interface Errand {
  readonly slot: number;
  readonly opcode: number;
  /** Its handle and its descriptor: node:fs is told by the latter. */
  readonly file: number;
  readonly fd: number;
  readonly position: number;
  readonly rwFlags: number;
  readonly extents: readonly Extent[];
}

type Done = (error: NodeJS.ErrnoException | null, bytes?: number) => void;

/** Carries operations out by node:fs, `depth` at once, for files that kernel AIO cannot serve. */
export class FsCarrier {
  readonly #counts = { operations: 0, completed: 0, failed: 0 };
  readonly #depth: number;
  readonly #settle: (slot: number, result: number) => void;
  /** By slot, the first to come first. */
  readonly #waiting = new Map<number, Errand>();
  #underWay = 0;

  constructor(depth: number, settle: (slot: number, result: number) => void) {
    this.#depth = depth;
    this.#settle = settle;
  }

  /** What it has done and does, among what kernel AIO does. */
  addTo(stats: QueueStats): QueueStats {
    return {
      ...stats,
      operations: stats.operations + this.#counts.operations,
      completed: stats.completed + this.#counts.completed,
      failed: stats.failed + this.#counts.failed,
      queued: stats.queued + this.#waiting.size,
      inFlight: stats.inFlight + this.#underWay,
    };
  }

  take(errand: Errand): void {
    this.#counts.operations++;
    this.#waiting.set(errand.slot, errand);
    // In a later turn of the microtask queue: who takes an operation is not to be told of its end in the same breath.
    if (this.#underWay + this.#waiting.size <= this.#depth) soon(this.#begin);
  }

  /** Takes one back that was not begun; whether it was one. */
  withdraw(slot: number): boolean {
    if (!this.#waiting.delete(slot)) return false;
    this.#end(slot, -ECANCELED);
    return true;
  }

  readonly #begin = (): void => {
    for (const errand of this.#waiting.values()) {
      if (this.#underWay >= this.#depth) return;
      this.#waiting.delete(errand.slot);
      this.#underWay++;
      // A transferred ArrayBuffer would take the memory away from under the thread that works on it.
      const holds = errand.extents.map(({ slab }) => holdSlab(slab.handle));
      let done: Done = (error, bytes = 0) => {
        done = () => undefined;
        for (const hold of holds) releaseSlab(hold);
        this.#underWay--;
        this.#end(errand.slot, error === null ? bytes : -Math.abs(error.errno ?? EIO));
        this.#begin();
      };
      const finish: Done = (error, bytes) => {
        done(error, bytes);
      };
      if (holds.includes(0)) later(finish, failed(EFAULT));
      else run(errand, finish);
    }
  };

  #end(slot: number, result: number): void {
    this.#counts.completed++;
    if (result < 0) this.#counts.failed++;
    this.#settle(slot, result);
  }
}

function failed(errno: number): NodeJS.ErrnoException {
  return Object.assign(new Error(), { errno: -errno });
}

function run(errand: Errand, done: Done): void {
  const { fd, opcode, rwFlags } = errand;
  const refuse = (errno: number): void => void later(done, failed(errno));
  if ((rwFlags & (RWF_NOWAIT | RWF_ATOMIC)) !== 0) {
    refuse(EOPNOTSUPP);
    return;
  }
  // Nor does node:fs append through a descriptor that was not opened for that alone.
  if (!FS_TAKES_DESCRIPTORS || ((rwFlags & RWF_APPEND) !== 0 && loadError === undefined)) {
    void runNatively(errand).then((result) => {
      done(result < 0 ? failed(-result) : null, result);
    });
    return;
  }
  const durable: Done = (error, bytes) => {
    if (error !== null) done(error);
    else {
      fs.fdatasync(fd, (syncError) => {
        done(syncError, bytes);
      });
    }
  };
  try {
    if (opcode === FSYNC) fs.fsync(fd, done);
    else if (opcode === FDSYNC) fs.fdatasync(fd, done);
    else transfer(errand, (rwFlags & RWF_DSYNC) === 0 ? done : durable);
  } catch (error) {
    // A view of memory that was transferred away, or a position that node:fs does not take.
    refuse(error instanceof RangeError ? EINVAL : EFAULT);
  }
}

/** As node:fs would, on a thread of the runtime's, by the same system calls. */
async function runNatively({ slot, opcode, file, position, rwFlags, extents }: Errand): Promise<number> {
  const segments = extents.flatMap(({ slab, offset, length }) => [slab.handle, offset, length]);
  try {
    if (isWrite(opcode)) copyDown(extents);
  } catch {
    return -EFAULT;
  }
  const result = await carryOut(Float64Array.of(slot, opcode, file, position, rwFlags, 0, extents.length, ...segments));
  return isRead(opcode) && result > 0 && !copyUp(extents, result) ? -EFAULT : result;
}

function transfer({ fd, opcode, position, extents }: Errand, done: Done): void {
  const views = extents.map(({ slab, offset, length }) => new Uint8Array(slab.memory, offset, length));
  if (isRead(opcode)) fs.readv(fd, views, position, done);
  else if (isWrite(opcode)) fs.writev(fd, views, position, done);
  else throw new RangeError('opcode');
}
