// Runs in a worker: every so many-th position of the job's sequence, by readSync or writeSync, until it is told to stop.
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { allocate } from '../../index.js';
import { incoming, outgoing, prepareBlock } from '../harness/block.js';
import type { Job } from '../harness/job.js';
import { LatencySampler } from '../harness/latency.js';
import { Positions } from '../harness/positions.js';
import type { Course } from '../harness/window.js';

/** One worker's share. */
export interface Part {
  job: Job;
  index: number;
  workers: number;
  /** Not 0 when it is time to end. */
  stop: Int32Array;
  /** Operations that each worker has completed. */
  completed: Int32Array;
}

const { job, index, workers, stop, completed } = workerData as Part;
const course: Course = {
  running: true,
  operations: 0,
  positions: new Positions(job.seed, job.size, job.block, index, workers),
  write: job.write,
  verify: job.verify !== undefined,
  left: job.verify === undefined ? Infinity : Math.ceil(job.verify / workers),
  latency: new LatencySampler(),
};
const fd = openSync(job.path, (job.write ? constants.O_RDWR : constants.O_RDONLY) | constants.O_DIRECT);
const transfer: (fd: number, block: Buffer, offset: number, length: number, position: number) => number = job.write
  ? writeSync
  : readSync;
const block = allocate(job.block);
prepareBlock(course, block);
parentPort?.postMessage('begun');

while (course.left > 0 && stop[0] === 0) {
  course.left--;
  const position = course.positions.next();
  outgoing(course, block, position);
  incoming(course, block, position, transfer(fd, block, 0, job.block, position));
  completed[index] = ++course.operations;
}
closeSync(fd);
