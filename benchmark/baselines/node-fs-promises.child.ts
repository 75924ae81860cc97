// Runs in its own process: random operations by FileHandle, `depth` of them at a time. But with `--memory any` the
// descriptor is O_DIRECT and the memory page-aligned, so that the same work is done as by its rivals.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { allocate } from '../../index.js';
import { incoming, outgoing, prepareBlock } from '../harness/block.js';
import { parseJob } from '../harness/job.js';
import { run } from '../harness/window.js';
import { ronomonBlock } from './ronomon.js';

/** Where blocks come from, by `--memory`. */
const MEMORY: Record<string, (size: number) => Buffer> = {
  any: (size) => Buffer.allocUnsafeSlow(size),
  aligned: allocate,
  ronomon: ronomonBlock,
};

const { job, own } = parseJob(['memory']);
const acquire = MEMORY[own.memory ?? 'aligned'];
if (acquire === undefined) throw new RangeError(`unknown memory: ${own.memory}`);
const mode = job.write ? constants.O_RDWR : constants.O_RDONLY;
const file = await open(job.path, mode | (own.memory === 'any' ? 0 : constants.O_DIRECT));

await run(job, job.depth, async (course) => {
  const block = acquire(job.block);
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
});
await file.close();
