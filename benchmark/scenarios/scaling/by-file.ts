// Runs in its own process: random reads in `--files` files of the job's directory, all of them open, `depth` at a time.
import { open, SubmissionQueue, type DirectFile } from '../../../index.js';
import { parseJob } from '../../harness/job.js';
import { type Handle, moveOneByOne } from '../../harness/lane.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';
import { fileName } from './files.js';

const { job, own } = parseJob(['files']);
const count = Number(own.files);
const length = job.size / count;
const queue = await SubmissionQueue.create({ depth: job.depth });
const files: DirectFile[] = [];
for (let index = 0; index < count; index++) {
  files.push(await open(fileName(job.path, index), { queue, exact: true, direct: 'require' }));
}

/** All files as one. */
const joined: Handle = {
  read: (block, offset, bytes, position) =>
    files[Math.floor(position / length)]!.read(block, offset, bytes, position % length),
  write: () => Promise.reject(new Error('this is for reads')),
};

await run(
  job,
  job.depth,
  (course) => moveOneByOne(course, job, joined, files[0]!.allocate(job.block)),
  queueCounters(queue),
);
for (const file of files) await file.close();
await queue.close();
