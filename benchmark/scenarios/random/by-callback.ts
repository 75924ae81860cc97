// Runs in its own process: operations with a callback each, `depth` of them at a time.
import { open, SubmissionQueue } from '../../../index.js';
import { moveByCallback, type Transfer } from '../../harness/callback-lane.js';
import { parseJob } from '../../harness/job.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';

const { job } = parseJob();
const queue = await SubmissionQueue.create({ depth: job.depth });
const file = await open(job.path, { flags: job.write ? 'r+' : 'r', queue, exact: true, direct: 'require' });
const transfer: Transfer = job.write
  ? (block, offset, length, position, done) => {
      file.write(block, offset, length, position, done);
    }
  : (block, offset, length, position, done) => {
      file.read(block, offset, length, position, done);
    };

await run(
  job,
  job.depth,
  (course) => moveByCallback(course, job, transfer, file.allocate(job.block)),
  queueCounters(queue),
);
await file.close();
await queue.close();
