// Runs in its own process: random operations, a promise for each batch. The sum of the batches in flight is the depth:
// a quarter of the depth each, or all of it on tmpfs where that would be less than eight.
// Batches are prepared, unless they are to be made anew each time (`--anew`).
import { open, probe, SubmissionQueue } from '../../../index.js';
import { incoming, outgoing, prepareBlock } from '../../harness/block.js';
import { parseJob } from '../../harness/job.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';

const { job, own } = parseJob(['anew', 'helpers']);
const { filesystem } = await probe(job.path);
const batch = filesystem === 'tmpfs' && job.depth < 4 * 8 ? job.depth : Math.max(1, job.depth / 4);
if (job.depth % batch !== 0) throw new RangeError(`batches of ${batch} do not add up to ${job.depth}`);
const queue = await SubmissionQueue.create({ depth: job.depth, helpers: own.helpers !== 'false' });
const file = await open(job.path, { flags: job.write ? 'r+' : 'r', queue, exact: true, direct: 'require' });

await run(
  job,
  job.depth / batch,
  async (course) => {
    const memory = file.allocate(job.block * batch);
    const blocks = Array.from({ length: batch }, (_, slot) =>
      memory.subarray(slot * job.block, (slot + 1) * job.block),
    );
    for (const block of blocks) prepareBlock(course, block);
    const prepared = course.write ? file.prepareWrites(memory, batch) : file.prepareReads(memory, batch);
    const { positions } = prepared;
    const anew = async (): Promise<Int32Array> =>
      (course.write ? await file.writeBatch(memory, positions) : await file.readBatch(memory, positions)).results;
    while (course.running && course.left > 0) {
      course.left -= batch;
      for (let slot = 0; slot < batch; slot++) {
        const position = course.positions.next();
        positions[slot] = position;
        outgoing(course, blocks[slot]!, position);
      }
      const began = course.latency.begin();
      if (own.anew === undefined) await prepared.submit();
      const results = own.anew === undefined ? prepared.results : await anew();
      course.latency.end(began);
      for (let slot = 0; slot < batch; slot++) incoming(course, blocks[slot]!, positions[slot]!, results[slot]!);
      course.operations += batch;
    }
  },
  queueCounters(queue),
);
await file.close();
await queue.close();
