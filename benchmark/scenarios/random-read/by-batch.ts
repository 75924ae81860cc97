// Runs in its own process: random reads, a promise for each batch. Several batches are in flight,
// and their sum is the depth: `--batch` operations each, by default a quarter of the depth.
import { open, SubmissionQueue } from '../../../index.js';
import { parseJob } from '../../harness/job.js';
import { checkPattern } from '../../harness/pattern.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';

const { job, own } = parseJob(['batch', 'chunk']);
const batch = Math.min(job.depth, own.batch === undefined ? Math.max(1, job.depth / 4) : Number(own.batch));
if (job.depth % batch !== 0) throw new RangeError(`batches of ${batch} do not add up to ${job.depth}`);
const chunk = own.chunk === undefined ? undefined : Number(own.chunk);
const queue = await SubmissionQueue.create({ depth: job.depth, chunk });
const file = await open(job.path, { flags: 'r', queue, exact: true, direct: 'require' });

await run(
  job,
  job.depth / batch,
  async (course) => {
    const memory = file.allocate(job.block * batch);
    const blocks = Array.from({ length: batch }, (_, slot) =>
      memory.subarray(slot * job.block, (slot + 1) * job.block),
    );
    const positions = new Float64Array(batch);
    while (course.running && course.left > 0) {
      course.left -= batch;
      for (let slot = 0; slot < batch; slot++) positions[slot] = course.positions.next();
      const began = course.latency.begin();
      const { results } = await file.readBatch(memory, positions);
      course.latency.end(began);
      for (const result of results) {
        if (result !== job.block) throw new Error(`a read of ${job.block} bytes gave ${result}`);
      }
      if (course.verify) for (const [slot, block] of blocks.entries()) checkPattern(block, positions[slot] ?? NaN);
      course.operations += batch;
    }
  },
  queueCounters(queue),
);
await file.close();
await queue.close();
