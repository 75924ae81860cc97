// Runs in its own process: random reads, a promise each, `depth` of them at a time.
import { open, SubmissionQueue } from '../../../index.js';
import { parseJob } from '../../harness/job.js';
import { checkPattern } from '../../harness/pattern.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';

const { job, own } = parseJob(['chunk']);
const chunk = own.chunk === undefined ? undefined : Number(own.chunk);
const queue = await SubmissionQueue.create({ depth: job.depth, chunk });
const file = await open(job.path, { flags: 'r', queue, exact: true, direct: 'require' });

await run(
  job,
  job.depth,
  async (course) => {
    const block = file.allocate(job.block);
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
  },
  queueCounters(queue),
);
await file.close();
await queue.close();
