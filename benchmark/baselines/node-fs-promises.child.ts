// Runs in its own process: random operations by FileHandle, `depth` of them at a time. But with `--memory any` the
// descriptor is O_DIRECT and the memory page-aligned, so that the same work is done as by its rivals.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { allocate } from '../../index.js';
import { parseJob } from '../harness/job.js';
import { moveOneByOne } from '../harness/lane.js';
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

await run(job, job.depth, (course) => moveOneByOne(course, job, file, acquire(job.block)));
await file.close();
