// Runs in its own process: operations with a promise each, `depth` of them at a time.
import { BufferPool, open, SubmissionQueue } from '../../../index.js';
import { parseJob } from '../../harness/job.js';
import { moveOneByOne } from '../../harness/lane.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { type Course, run } from '../../harness/window.js';

const { job, own } = parseJob(['chunk', 'huge-pages', 'helpers', 'spin']);
const queue = await SubmissionQueue.create({
  depth: job.depth,
  chunk: own.chunk === undefined || own.chunk === 'auto' ? own.chunk : Number(own.chunk),
  helpers: own.helpers !== 'false',
  spin: own.spin !== 'false',
});
const file = await open(job.path, { flags: job.write ? 'r+' : 'r', queue, exact: true, direct: 'require' });
const limit = 2 * job.depth * job.block + 2 ** 22;
const pool = BufferPool.create({ limit, hugePages: own['huge-pages'] !== undefined });
const lane = (course: Course) => moveOneByOne(course, job, file, pool.acquire(job.block));

await run(job, job.depth, lane, queueCounters(queue));
await file.close();
await queue.close();
