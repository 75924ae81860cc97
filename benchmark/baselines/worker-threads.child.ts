// Runs in its own process: operations by readSync and writeSync in `--workers` threads, one at a time in each.
import { runCrew } from '../harness/crew.js';
import { parseJob } from '../harness/job.js';

const { job, own } = parseJob(['workers']);
await runCrew(job, Number(own.workers), new URL('worker-threads.worker.js', import.meta.url));
