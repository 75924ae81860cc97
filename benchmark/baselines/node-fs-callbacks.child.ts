// Runs in its own process: operations by fs.read and fs.write with callbacks, `depth` of them at a time, with
// O_DIRECT and page-aligned memory.
import { close, constants, openSync, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { allocate } from '../../index.js';
import { moveByCallback, type Transfer } from '../harness/callback-lane.js';
import { parseJob } from '../harness/job.js';
import { run } from '../harness/window.js';

const { job } = parseJob();
const fd = openSync(job.path, (job.write ? constants.O_RDWR : constants.O_RDONLY) | constants.O_DIRECT);
const transfer: Transfer = job.write
  ? (block, offset, length, position, done) => {
      write(fd, block, offset, length, position, done);
    }
  : (block, offset, length, position, done) => {
      read(fd, block, offset, length, position, done);
    };

await run(job, job.depth, (course) => moveByCallback(course, job, transfer, allocate(job.block)));
await promisify(close)(fd);
