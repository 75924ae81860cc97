import { incoming, outgoing, prepareBlock } from './block.js';
import type { Job } from './job.js';
import type { Course } from './window.js';

/** A FileHandle, or what is shaped like one. */
export interface Handle {
  read(block: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(block: Buffer, offset: number, length: number, position: number): Promise<{ bytesWritten: number }>;
}

/** A lane of a contestant that awaits one operation after the other, with a block of its own. */
export async function moveOneByOne(course: Course, job: Job, file: Handle, block: Buffer): Promise<void> {
  prepareBlock(course, block);
  while (course.running && course.left > 0) {
    course.left--;
    const position = course.positions.next();
    outgoing(course, block, position);
    const began = course.latency.begin();
    const bytes = course.write
      ? (await file.write(block, 0, job.block, position)).bytesWritten
      : (await file.read(block, 0, job.block, position)).bytesRead;
    course.latency.end(began);
    incoming(course, block, position, bytes);
    course.operations++;
  }
}
