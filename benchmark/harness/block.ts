import { mark } from './mark.js';
import { checkPattern, fillPattern } from './pattern.js';
import type { Course } from './window.js';

/** Before the first operation: a block that will be written holds what `harness/written.ts` expects behind the mark. */
export function prepareBlock(course: Course, block: Buffer): void {
  if (course.write) fillPattern(block, 0);
}

/** Before each operation: a block to be written gets the pattern of its position in a check, its mark in a measurement. */
export function outgoing(course: Course, block: Buffer, position: number): void {
  if (!course.write) return;
  if (course.verify) fillPattern(block, position);
  else mark(block, position);
}

/** After each operation: all of it was transferred, and what was read in a check is right. */
export function incoming(course: Course, block: Buffer, position: number, bytes: number): void {
  if (bytes !== block.length) throw new Error(`${bytes} of ${block.length} bytes were transferred at ${position}`);
  if (course.verify && !course.write) checkPattern(block, position);
}
