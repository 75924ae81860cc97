import { untilAborted } from './abort.js';
import { BatchOperation } from './batch-operation.js';
import {
  abortError,
  AioError,
  invalidType,
  invalidValue,
  kernelError,
  outOfRange,
  type KernelError,
} from './errors.js';
import type { OpenFile } from './open-file.js';
import { PREAD, PWRITE, type Extent } from './operations.js';
import { filePosition, integer, mannerOf, optionsObject, PLAIN, RWF_ATOMIC, type Manner } from './options.js';
import { extentOf, extentsOf, misaligned } from './placement.js';
import { permit, readViews, writeViews } from './transfers.js';
import { bytesOf, Views } from './views.js';
import { viewsOf } from './arguments.js';
import type { WriteRange } from './write-ranges.js';

/** What a failed batch rejects with: the failure of the first operation, in order, that failed. */
export interface BatchError extends KernelError {
  /** Which operation it was. */
  index: number;
  /** Of each operation: bytes, or a negative errno. */
  results: Int32Array;
}

/** One position and one part of the memory for each operation. */
interface Plan {
  positions: Float64Array;
  /** Bytes of the parts of a single view; 0 where each operation has a view of its own. */
  part: number;
  views: readonly Uint8Array[];
}

function positionsOf(given: ArrayLike<unknown>): Float64Array {
  const length = integer('positions.length', given.length, 0, 2 ** 32);
  const positions = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    const position = filePosition(given[index], `positions[${String(index)}]`);
    if (position === null) throw outOfRange(`positions[${String(index)}]`, '>= 0', given[index]);
    positions[index] = position;
  }
  return positions;
}

/** Pairs positions with views: one view for each, or a single one cut into equal parts. */
function planOf(buffers: unknown, given: unknown): Plan {
  if (typeof given !== 'object' || given === null || !('length' in given)) {
    throw invalidType('positions', 'an array of positions', given);
  }
  const positions = positionsOf(given as ArrayLike<unknown>);
  const { length } = positions;
  if (Array.isArray(buffers)) {
    const { list } = viewsOf(buffers);
    if (list.length === length) return { positions, part: 0, views: list };
    throw invalidValue('buffers', `must be as many as the ${String(length)} positions`, list.length);
  }
  const whole = bytesOf('buffers', buffers);
  const part = length === 0 ? 0 : whole.byteLength / length;
  if (part === 0) return { positions, part, views: new Array<Uint8Array>(length).fill(whole) };
  if (Number.isInteger(part)) return { positions, part, views: [whole] };
  throw invalidValue('buffers', `must divide into ${String(length)} equal parts`, whole.byteLength);
}

/** Where the memory of each operation lies, if the kernel may use all of it as it is. */
function extentsOfPlan({ positions, part, views }: Plan, memory: number, step: number): Extent[] | undefined {
  if (positions.some((position) => position % step !== 0)) return undefined;
  if (part === 0) return extentsOf(new Views(views), memory, step);
  const whole = extentOf(views[0] as Uint8Array, memory, step);
  if (whole === undefined || part % step !== 0 || part % memory !== 0) return undefined;
  const extents: Extent[] = [];
  for (let index = 0; index < positions.length; index++) {
    extents.push({ slab: whole.slab, offset: whole.offset + index * part, length: part });
  }
  return extents;
}

function viewAt({ part, views }: Plan, index: number): Uint8Array {
  return part === 0
    ? (views[index] as Uint8Array)
    : (views[0] as Uint8Array).subarray(index * part, (index + 1) * part);
}

function spanOf(positions: Float64Array, extents: readonly Extent[]): [start: number, end: number] {
  let start = Infinity;
  let end = 0;
  positions.forEach((position, index) => {
    start = Math.min(start, position);
    end = Math.max(end, position + (extents[index]?.length ?? 0));
  });
  return [start, end];
}

/** Each operation by itself, for those of which some need a copy. */
async function oneByOne(file: OpenFile, opcode: number, plan: Plan, manner: Readonly<Manner>): Promise<Int32Array> {
  const moves = Array.from(plan.positions, async (position, index) => {
    try {
      const views = new Views([viewAt(plan, index)]);
      if (opcode === PREAD) return await readViews(file, views, position, manner);
      return await writeViews(file, views, file.facts.append ? undefined : position, manner);
    } catch (error) {
      const { errno } = error as KernelError;
      if (typeof errno === 'number') return errno;
      throw error;
    }
  });
  return Int32Array.from(await Promise.all(moves));
}

/** The refusal of the first operation that is not aligned. */
function inexact({ facts }: OpenFile, plan: Plan, step: number): AioError {
  const odd = plan.positions.findIndex(
    (position, index) => position % step !== 0 || viewAt(plan, index).byteLength % step !== 0,
  );
  const index = Math.max(odd, 0);
  return misaligned(facts, step, plan.positions[index] as number, viewAt(plan, index).byteLength);
}

async function together(file: OpenFile, opcode: number, plan: Plan, manner: Readonly<Manner>): Promise<Int32Array> {
  const { alignment, inode, queue } = file.facts;
  const step = opcode === PREAD ? alignment.read : alignment.offset;
  const extents = extentsOfPlan(plan, alignment.memory, step);
  if (extents?.length === 0) return new Int32Array(0);
  if (extents === undefined && (manner.exact || (manner.rwFlags & RWF_ATOMIC) !== 0)) throw inexact(file, plan, step);
  const appends = opcode === PWRITE && file.facts.append;
  if (extents === undefined || appends || extents.some(({ length }) => length === 0)) {
    return oneByOne(file, opcode, plan, manner);
  }
  if (queue.room < extents.length) {
    throw new AioError('ERR_AIO_QUEUE_FULL', `The queue has room for ${String(queue.room)} operations`);
  }
  let range: WriteRange | undefined;
  if (opcode === PWRITE) {
    const [start, end] = spanOf(plan.positions, extents);
    range = inode.ranges.tryEnter(start, end);
    if (range === undefined) {
      range = await inode.ranges.enter(start, end, false);
      if (manner.signal?.aborted === true) {
        inode.ranges.leave(range);
        throw abortError(manner.signal);
      }
    }
  }
  return new BatchOperation(file, opcode, plan.positions, extents, range).start(manner).promise;
}

/** Moves many blocks under one promise: the bytes of each operation, or the error of the first that failed. */
export async function moveBatch(
  file: OpenFile,
  opcode: number,
  buffers: unknown,
  positions: unknown,
  options: unknown,
): Promise<Int32Array> {
  permit(file, opcode === PREAD ? 'read' : 'write');
  const { exact } = file.facts;
  const manner = options === undefined && !exact ? PLAIN : mannerOf(optionsObject('options', options), exact);
  if (manner.append) throw invalidValue('options.append', 'is for single writes', true);
  const plan = planOf(buffers, positions);
  const move = async (): Promise<Int32Array> => together(file, opcode, plan, manner);
  const results = await untilAborted(async () => file.during(move), manner.signal);
  const index = results.findIndex((result) => result < 0);
  if (index < 0) return results;
  const syscall = opcode === PREAD ? 'read' : 'write';
  const context = { path: file.facts.path, position: plan.positions[index] };
  throw Object.assign(kernelError(results[index] as number, syscall, context), { index, results });
}
