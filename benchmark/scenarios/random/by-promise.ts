// Runs in its own process: random operations, a promise each, `depth` of them at a time.
import { open, SubmissionQueue } from '../../../index.js';
import { incoming, outgoing, prepareBlock } from '../../harness/block.js';
import { parseJob } from '../../harness/job.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';

const { job, own } = parseJob(['chunk']);
const chunk = own.chunk === undefined ? undefined : Number(own.chunk);
const queue = await SubmissionQueue.create({ depth: job.depth, chunk });
const file = await open(job.path, { flags: job.write ? 'r+' : 'r', queue, exact: true, direct: 'require' });

await run(
  job,
  job.depth,
  async (course) => {
    const block = file.allocate(job.block);
    prepareBlock(course, block);
    while (course.running && course.left > 0) {
      course.left--;
      const position = course.positions.next();
      outgoing(course, block, position);
      const began = course.latency.begin();
      const bytes = course.write
        ? (await file.write(block, 0, job.block, position)).bytesWritten
        : (await file.read(block, 0, job.block, position)).bytesRead;
      course.latency.end(began);
      incoming(course, block, position, bytes);
      course.operations++;
    }
  },
  queueCounters(queue),
);
await file.close();
await queue.close();
