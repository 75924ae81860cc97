// Runs in its own process: random operations, a promise each, `depth` of them at a time.
import { open, SubmissionQueue } from '../../../index.js';
import { parseJob } from '../../harness/job.js';
import { moveOneByOne } from '../../harness/lane.js';
import { queueCounters } from '../../harness/queue-counters.js';
import { run } from '../../harness/window.js';

const { job, own } = parseJob(['chunk']);
const chunk = own.chunk === undefined ? undefined : Number(own.chunk);
const queue = await SubmissionQueue.create({ depth: job.depth, chunk });
const file = await open(job.path, { flags: job.write ? 'r+' : 'r', queue, exact: true, direct: 'require' });

await run(job, job.depth, (course) => moveOneByOne(course, job, file, file.allocate(job.block)), queueCounters(queue));
await file.close();
await queue.close();
