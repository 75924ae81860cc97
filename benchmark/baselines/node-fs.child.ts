// Runs in its own process: random reads by FileHandle.read, `depth` of them at a time. With
// `--direct true` the descriptor is O_DIRECT and the memory page-aligned, so that the same work is
// done as by its rivals.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { allocate } from '../../index.js';
import { parseJob } from '../harness/job.js';
import { checkPattern } from '../harness/pattern.js';
import { run } from '../harness/window.js';

const { job, own } = parseJob(['direct']);
const direct = own.direct === 'true';
const file = await open(job.path, constants.O_RDONLY | (direct ? constants.O_DIRECT : 0));

await run(job, job.depth, async (course) => {
  const block = direct ? allocate(job.block) : Buffer.allocUnsafeSlow(job.block);
  while (course.running && course.left > 0) {
    course.left--;
    const position = course.positions.next();
    const began = course.latency.begin();
    const { bytesRead } = await file.read(block, 0, job.block, position);
    course.latency.end(began);
    if (bytesRead !== job.block) throw new Error(`a read of ${job.block} bytes gave ${bytesRead}`);
    if (course.verify) checkPattern(block, position);
    course.operations++;
  }
});
await file.close();
