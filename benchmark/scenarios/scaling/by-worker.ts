// Runs in its own process: random reads in `--workers` threads, `depth` of them at a time in each.
import { runCrew } from '../../harness/crew.js';
import { parseJob } from '../../harness/job.js';

const { job, own } = parseJob(['workers']);
await runCrew(job, Number(own.workers), new URL('queue.worker.js', import.meta.url));
