// Runs in its own process: random operations by fs.read and fs.write with callbacks, `depth` of them at a time, with
// O_DIRECT and page-aligned memory.
import { close, constants, openSync, read, write } from 'node:fs';
import { promisify } from 'node:util';
import { allocate } from '../../index.js';
import { incoming, outgoing, prepareBlock } from '../harness/block.js';
import { parseJob } from '../harness/job.js';
import { type Course, run } from '../harness/window.js';

const { job } = parseJob();
const fd = openSync(job.path, (job.write ? constants.O_RDWR : constants.O_RDONLY) | constants.O_DIRECT);

type Done = (error: Error | null, bytes: number) => void;
type Transfer = (fd: number, block: Buffer, offset: number, length: number, position: number, done: Done) => void;
const transfer: Transfer = job.write ? write : read;

function lane(course: Course): Promise<void> {
  const block = allocate(job.block);
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
      transfer(fd, block, 0, job.block, position, done);
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

await run(job, job.depth, lane);
await promisify(close)(fd);
