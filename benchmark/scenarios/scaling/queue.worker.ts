// Runs in a worker: every so many-th position of the job's sequence, on a queue of its own, until it is told to stop.
import { parentPort } from 'node:worker_threads';
import { open, SubmissionQueue } from '../../../index.js';
import { moveOneByOne } from '../../harness/lane.js';
import { PartCourse, partOfThis } from '../../harness/part.js';

const { job } = partOfThis();
const course = new PartCourse(partOfThis());
const queue = await SubmissionQueue.create({ depth: job.depth });
const file = await open(job.path, { queue, exact: true, direct: 'require' });
parentPort?.postMessage('begun');

await Promise.all(Array.from({ length: job.depth }, () => moveOneByOne(course, job, file, file.allocate(job.block))));
await file.close();
await queue.close();
