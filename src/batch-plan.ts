import { isMultiple } from './alignment.js';
import { viewsOf } from './arguments.js';
import { AioError, invalidType, invalidValue, outOfRange } from './errors.js';
import type { OpenFile } from './open-file.js';
import { PREAD, PWRITE } from './opcodes.js';
import { filePosition, integer, RWF_ATOMIC, type Manner } from './options.js';
import { alignedExtentsOf, misaligned } from './placement.js';
import { Places } from './places.js';
import type { Extent } from './slab.js';
import { takePositions } from './spare-positions.js';
import { byteLengthOf } from './view-place.js';
import { bytesOf, Views } from './views.js';

/** The memory of a batch, a part of it for each operation. */
export interface Parts {
  /** Bytes of the parts of a single view; 0 where each operation has a view of its own. */
  part: number;
  views: Views;
  count: number;
}

/** One position and one part of the memory for each operation. */
export interface Plan extends Parts {
  positions: Float64Array;
}

/** Operations of a batch: their number alone takes memory. */
const MAX_OPERATIONS = 2 ** 20;

function isPosition(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER && Math.floor(value) === value;
}

/** What is no number, or none that can be a position of a batch: -1 is none here. */
function positionOf(value: unknown, index: number): number {
  const name = `positions[${String(index)}]`;
  if (typeof value !== 'number' && typeof value !== 'bigint') throw invalidType(name, 'an integer or a bigint', value);
  const position = filePosition(value, name);
  if (position === null) throw outOfRange(name, '>= 0', value);
  return position;
}

/** Copies positions that somebody else may change at any time, checked. */
export function copyPositions(given: ArrayLike<unknown>, positions: Float64Array): void {
  for (let index = 0; index < positions.length; index++) {
    const value = given[index];
    positions[index] = typeof value === 'number' && isPosition(value) ? value : positionOf(value, index);
  }
}

/** The positions that a call was given, as an array of its own. */
export function positionsOf(given: unknown): Float64Array {
  if (typeof given !== 'object' || given === null || !('length' in given)) {
    throw invalidType('positions', 'an array of positions', given);
  }
  const positions = takePositions(countOf('positions.length', given.length));
  copyPositions(given as ArrayLike<unknown>, positions);
  return positions;
}

export function countOf(name: string, value: unknown, least = 0): number {
  return integer(name, value, least, MAX_OPERATIONS);
}

/** Memory for so many operations: one view for each, or a single one cut into equal parts. */
export function partsOf(buffers: unknown, count: number): Parts {
  if (Array.isArray(buffers)) {
    const views = viewsOf(buffers);
    if (views.count === count) return { part: 0, views, count };
    throw invalidValue('buffers', `must be as many as the ${String(count)} positions`, views.count);
  }
  const whole = bytesOf('buffers', buffers);
  const length = byteLengthOf(whole);
  const part = count === 0 ? 0 : length / count;
  if (part === 0) return { part, views: new Views(new Array<Uint8Array>(count).fill(whole)), count };
  if (Number.isInteger(part)) return { part, views: new Views([whole]), count };
  throw invalidValue('buffers', `must divide into ${String(count)} equal parts`, length);
}

/** Bytes of one operation. */
export function lengthAt({ part, views }: Parts, index: number): number {
  return part === 0 ? views.lengthOf(index) : part;
}

/** What positions and lengths have to be multiples of. */
export function stepOf({ facts }: OpenFile, opcode: number): number {
  return opcode === PREAD ? facts.alignment.read : facts.alignment.offset;
}

/** Where the memory of each operation lies, if the kernel may use all of it as it is. */
export function placesOf({ part, views, count }: Parts, memory: number, step: number): Places | undefined {
  const extents = alignedExtentsOf(views, memory, step);
  if (part === 0 || extents === undefined) return extents && Places.each(extents);
  const fits = isMultiple(part, step) && isMultiple(part, memory);
  return fits ? Places.parts(extents[0] as Extent, count) : undefined;
}

/** Which of the positions is the first that is not aligned; -1: none. */
export function misalignedPosition(positions: Float64Array, step: number): number {
  for (let index = 0; index < positions.length; index++) {
    if (!isMultiple(positions[index] as number, step)) return index;
  }
  return -1;
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
export function placesInOneStep(
  file: OpenFile,
  opcode: number,
  plan: Plan,
  manner: Readonly<Manner>,
): Places | undefined {
  const { alignment, append } = file.facts;
  const step = stepOf(file, opcode);
  const aligned = misalignedPosition(plan.positions, step) < 0;
  const places = aligned ? placesOf(plan, alignment.memory, step) : undefined;
  if (places === undefined) {
    if (manner.exact || (manner.rwFlags & RWF_ATOMIC) !== 0) throw inexact(file, plan, step);
    return undefined;
  }
  if ((opcode === PWRITE && append) || places.hasEmpty) return undefined;
  refuseWithoutRoom(file, places.length);
  return places;
}

/** Throws where the queue has no room for so many at once. */
export function refuseWithoutRoom({ facts }: OpenFile, count: number): void {
  const { capacity, room } = facts.queue;
  if (room.left >= count) return;
  const many = `A batch of ${String(count)} operations`;
  const words =
    count > capacity
      ? `${many} is larger than the queue's capacity of ${String(capacity)}: split it`
      : `The queue has room for ${String(room.left)} more, not for ${many.toLowerCase()}: wait for some`;
  throw new AioError('ERR_AIO_QUEUE_FULL', words);
}

/** From the first to the last byte that a batch moves. */
export function spanOf(positions: Float64Array, places: Places): [start: number, end: number] {
  let start = Infinity;
  let end = 0;
  for (let index = 0; index < positions.length; index++) {
    const position = positions[index] as number;
    start = Math.min(start, position);
    end = Math.max(end, position + places.lengthOf(index));
  }
  return [start, end];
}
