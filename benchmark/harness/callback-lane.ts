import { incoming, outgoing, prepareBlock } from './block.js';
import type { Job } from './job.js';
import type { Course } from './window.js';

type Done = (error: Error | null, bytes: number) => void;

/** One read, or write, that calls back. */
export type Transfer = (block: Buffer, offset: number, length: number, position: number, done: Done) => void;

/** A lane of a contestant that begins the next operation in the callback of the one before it. */
export function moveByCallback(course: Course, job: Job, transfer: Transfer, block: Buffer): Promise<void> {
  prepareBlock(course, block);
  return new Promise((resolve, reject) => {
    let position = 0;
    let began = 0;
    const next = (): void => {
      if (!course.running || course.left <= 0) {
        resolve();
        return;
      }
      course.left--;
      position = course.positions.next();
      outgoing(course, block, position);
      began = course.latency.begin();
      transfer(block, 0, job.block, position, done);
    };
    const done: Done = (error, bytes) => {
      if (error) {
        reject(error);
        return;
      }
      course.latency.end(began);
      // What it throws ends the process, as it should.
      incoming(course, block, position, bytes);
      course.operations++;
      next();
    };
    next();
  });
}
