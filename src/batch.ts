import { refuseAborted, untilAborted } from './abort.js';
import { isMultiple } from './alignment.js';
import { BatchOperation } from './batch-operation.js';
import { inSteps } from './call.js';
import { turnOfOthers } from './clock.js';
import { EFAULT } from './errnos.js';
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
import { PREAD, PWRITE } from './opcodes.js';
import { filePosition, integer, mannerOf, optionsObject, RWF_ATOMIC, type Manner } from './options.js';
import { alignedExtentOf, alignedExtentsOf, misaligned } from './placement.js';
import { Places } from './places.js';
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

/** Operations of a batch of copies that are under way at once. */
const ONE_BY_ONE = 64;
/** Operations of a batch: their number alone takes memory. */
const MAX_OPERATIONS = 2 ** 20;
/** Bytes that Linux moves in one operation at the most. */
const MAX_RW_COUNT = 2 ** 31 - 4096;

function isPosition(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value;
}

/** What is no number, or none that is a position. */
function positionOf(value: unknown, index: number): number {
  const name = `positions[${String(index)}]`;
  const position = filePosition(value, name);
  if (position === null) throw outOfRange(name, '>= 0', value);
  return position;
}

function positionsOf(given: ArrayLike<unknown>): Float64Array {
  const length = integer('positions.length', given.length, 0, MAX_OPERATIONS);
  const positions = new Float64Array(length);
  for (let index = 0; index < length; index++) {
    const value = given[index];
    positions[index] = typeof value === 'number' && isPosition(value) ? value : positionOf(value, index);
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
function placesOfPlan({ positions, part, views }: Plan, memory: number, step: number): Places | undefined {
  if (!positions.every((position) => isMultiple(position, step))) return undefined;
  if (part === 0) {
    const extents = alignedExtentsOf(new Views(views), memory, step);
    return extents && Places.each(extents);
  }
  const whole = alignedExtentOf(views[0] as Uint8Array, memory, step);
  if (whole === undefined || !isMultiple(part, step) || !isMultiple(part, memory)) return undefined;
  return Places.parts(whole, positions.length);
}

/** Bytes of one operation. */
function lengthAt({ part, views }: Plan, index: number): number {
  return part === 0 ? (views[index] as Uint8Array).byteLength : part;
}

function spanOf(positions: Float64Array, places: Places): [start: number, end: number] {
  let start = Infinity;
  let end = 0;
  positions.forEach((position, index) => {
    start = Math.min(start, position);
    end = Math.max(end, position + places.lengthOf(index));
  });
  return [start, end];
}

/** The memory of one operation, and no more than the kernel moves in one: a result has no room for more. */
function partAt(whole: Views, plan: Plan, index: number): Views {
  const size = sizeAt(whole, plan, index);
  return plan.part === 0 ? whole.part(index, 0, size) : whole.part(0, index * plan.part, index * plan.part + size);
}

/** Bytes of one operation, as they were when the batch began. */
function sizeAt(whole: Views, { part }: Plan, index: number): number {
  return Math.min(MAX_RW_COUNT, part === 0 ? whole.lengthOf(index) : part);
}

/** Each operation by itself, for those of which some need a copy; begun in order, some at once. */
async function oneByOne(file: OpenFile, opcode: number, plan: Plan, manner: Readonly<Manner>): Promise<Int32Array> {
  const whole = new Views(plan.views);
  const results = new Int32Array(plan.positions.length);
  let next = 0;
  const move = async (index: number): Promise<number> => {
    try {
      const position = plan.positions[index] as number;
      const views = partAt(whole, plan, index);
      // Without I/O, nothing else would have a turn.
      if (views.total === 0 && index % ONE_BY_ONE === 0) await turnOfOthers();
      if (opcode === PREAD) return await readViews(file, views, position, manner, 'caller');
      if (views.total < sizeAt(whole, plan, index)) return EFAULT;
      return await writeViews(file, views, file.facts.append ? undefined : position, manner, 'caller');
    } catch (error) {
      const { errno } = error as KernelError;
      if (typeof errno === 'number') return errno;
      next = results.length;
      throw error;
    }
  };
  const moveOn = async (): Promise<void> => {
    while (next < results.length) {
      const index = next++;
      // Not `results[index] = await …`: the place would be looked up before.
      const result = await move(index);
      results[index] = result;
    }
  };
  const work = async (): Promise<Int32Array> => {
    const movers = Array.from({ length: Math.min(ONE_BY_ONE, results.length) }, moveOn);
    // All of them: the memory is the caller's again when the promise settles.
    await Promise.allSettled(movers);
    await Promise.all(movers);
    return results;
  };
  return inSteps(file, work, { signal: manner.signal, views: whole, writes: opcode === PWRITE });
}

/** The refusal of the first operation that is not aligned. */
function inexact({ facts }: OpenFile, plan: Plan, step: number): AioError {
  const odd = plan.positions.findIndex(
    (position, index) => position % step !== 0 || lengthAt(plan, index) % step !== 0,
  );
  const index = Math.max(odd, 0);
  return misaligned(facts, step, plan.positions[index] as number, lengthAt(plan, index));
}

/** All in one step, where the kernel may use the memory as it is; undefined where that is not so. */
function placesOf(file: OpenFile, opcode: number, plan: Plan, manner: Readonly<Manner>): Places | undefined {
  const { alignment, append, queue } = file.facts;
  const step = opcode === PREAD ? alignment.read : alignment.offset;
  const places = placesOfPlan(plan, alignment.memory, step);
  if (places === undefined) {
    if (manner.exact || (manner.rwFlags & RWF_ATOMIC) !== 0) throw inexact(file, plan, step);
    return undefined;
  }
  if ((opcode === PWRITE && append) || places.hasEmpty) return undefined;
  if (queue.room.left >= places.length) return places;
  const { capacity, room } = queue;
  const many = `The batch has ${String(places.length)} operations, the queue room for ${String(room.left)}`;
  const advice = places.length > capacity ? `split it: the queue's capacity is ${String(capacity)}` : 'wait for some';
  throw new AioError('ERR_AIO_QUEUE_FULL', `${many}: ${advice}`);
}

async function together(
  file: OpenFile,
  opcode: number,
  plan: Plan,
  places: Places,
  manner: Readonly<Manner>,
): Promise<Int32Array> {
  refuseAborted(manner.signal);
  const { positions } = plan;
  const start = (range?: WriteRange): Promise<Int32Array> =>
    new BatchOperation(file, opcode, positions, places, range).start(manner).promise;
  if (opcode === PREAD) return untilAborted(async () => start(), manner.signal);
  const { inode } = file.facts;
  const [from, to] = spanOf(positions, places);
  const range = inode.ranges.tryEnter(from, to);
  if (range !== undefined) return untilAborted(async () => start(range), manner.signal);
  const inTurn = async (): Promise<Int32Array> => {
    const entered = await inode.ranges.enter(from, to, false);
    // Others may have taken the room meanwhile.
    const begin = (): Promise<Int32Array> => {
      if (manner.signal?.aborted !== true) return start(entered);
      inode.ranges.leave(entered);
      throw abortError(manner.signal);
    };
    return file.facts.queue.room.when(begin, places.length);
  };
  return inSteps(file, inTurn, { signal: manner.signal, views: new Views(plan.views), writes: true });
}

function firstFailure(results: Int32Array): number {
  for (let index = 0; index < results.length; index++) if ((results[index] as number) < 0) return index;
  return -1;
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
  const manner = mannerOf(optionsObject('options', options), exact);
  if (manner.append) throw invalidValue('options.append', 'is for single writes', true);
  const plan = planOf(buffers, positions);
  if (plan.positions.length === 0) return new Int32Array(0);
  const places = placesOf(file, opcode, plan, manner);
  const results = await (places === undefined
    ? oneByOne(file, opcode, plan, manner)
    : together(file, opcode, plan, places, manner));
  const index = firstFailure(results);
  if (index < 0) return results;
  const syscall = opcode === PREAD ? 'read' : 'write';
  const context = { path: file.facts.path, position: plan.positions[index] };
  throw Object.assign(kernelError(results[index] as number, syscall, context), { index, results });
}
