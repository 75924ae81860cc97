// Runs in a worker: every so many-th position of the job's sequence, by readSync or writeSync, until it is told to stop.
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { allocate } from '../../index.js';
import { incoming, outgoing, prepareBlock } from '../harness/block.js';
import { PartCourse, partOfThis } from '../harness/part.js';

const { job } = partOfThis();
const course = new PartCourse(partOfThis());
const fd = openSync(job.path, (job.write ? constants.O_RDWR : constants.O_RDONLY) | constants.O_DIRECT);
const transfer: (fd: number, block: Buffer, offset: number, length: number, position: number) => number = job.write
  ? writeSync
  : readSync;
const block = allocate(job.block);
prepareBlock(course, block);
parentPort?.postMessage('begun');

while (course.left > 0 && course.running) {
  course.left--;
  const position = course.positions.next();
  outgoing(course, block, position);
  incoming(course, block, position, transfer(fd, block, 0, job.block, position));
  course.operations++;
}
closeSync(fd);
