import { checkPattern, fillPattern } from '../harness/pattern.js';
import type { Positions } from '../harness/positions.js';
import type { Brake } from './brake.js';
import { BLOCK, type Library, type LoadName } from './protocol.js';

export type File = Awaited<ReturnType<Library['open']>>;

/** What the lanes of a load share. */
export interface Course {
  /** Operations that may still begin. */
  left: number;
  readonly positions: Positions;
  /** Whether each block is compared with what was written. */
  readonly checks: boolean;
  readonly brake: Brake;
}

/** Reads or writes one thing after the other until nothing is left. */
export type Lane = (course: Course) => Promise<void>;

function promiseLane(file: File): Lane {
  const block = file.allocate(BLOCK);
  return async (course) => {
    while (course.left > 0) {
      course.left--;
      const position = course.positions.next();
      const { bytesRead } = await file.read(block, 0, BLOCK, position);
      if (bytesRead !== BLOCK) throw new Error(`a read of ${BLOCK} bytes gave ${bytesRead}`);
      if (course.checks) checkPattern(block, position);
      course.brake.after(1);
    }
  };
}

function batchLane(file: File, batch: number): Lane {
  const memory = file.allocate(BLOCK * batch);
  const blocks = Array.from({ length: batch }, (_, index) => memory.subarray(index * BLOCK, (index + 1) * BLOCK));
  const positions = new Float64Array(batch);
  return async (course) => {
    while (course.left > 0) {
      course.left -= batch;
      for (let index = 0; index < batch; index++) positions[index] = course.positions.next();
      const { results } = await file.readBatch(memory, positions);
      for (const result of results) if (result !== BLOCK) throw new Error(`a read of ${BLOCK} bytes gave ${result}`);
      if (course.checks) for (const [index, block] of blocks.entries()) checkPattern(block, positions[index] as number);
      course.brake.after(batch);
    }
  };
}

/** @param from where the part of the file begins that is overwritten. */
function writeLane(file: File, from: number): Lane {
  const block = file.allocate(BLOCK);
  const seen = file.allocate(BLOCK);
  return async (course) => {
    while (course.left > 0) {
      course.left--;
      const position = from + course.positions.next();
      if (course.checks) fillPattern(block, position);
      const { bytesWritten } = await file.write(block, 0, BLOCK, position);
      if (bytesWritten !== BLOCK) throw new Error(`a write of ${BLOCK} bytes gave ${bytesWritten}`);
      if (course.checks) {
        await file.read(seen, 0, BLOCK, position);
        checkPattern(seen, position);
      }
      course.brake.after(1);
    }
  };
}

/**
 * The lanes that keep `depth` operations under way together.
 *
 * @param size bytes that a lane's positions are taken from: as many behind them are overwritten.
 */
export function lanesOf(load: LoadName, file: File, depth: number, size: number): Lane[] {
  if (load === 'promises') return Array.from({ length: depth }, () => promiseLane(file));
  if (load === 'writes') return Array.from({ length: depth }, () => writeLane(file, size));
  const batch = Math.max(1, Math.floor(depth / 4));
  return Array.from({ length: depth / batch }, () => batchLane(file, batch));
}
