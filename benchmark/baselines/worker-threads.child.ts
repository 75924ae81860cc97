// Runs in its own process: random operations by readSync and writeSync in `--workers` threads, one at a time in each.
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { parseJob } from '../harness/job.js';
import { window } from '../harness/window.js';
import type { Part } from './worker-threads.worker.js';

const { job, own } = parseJob(['workers']);
const workers = Number(own.workers);
const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
/** What each worker has completed. */
const completed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * workers));
const sum = () => completed.reduce((total, count) => total + count, 0);

const program = new URL('worker-threads.worker.js', import.meta.url);
const threads = Array.from({ length: workers }, (_, index) => {
  const part: Part = { job, index, workers, stop, completed };
  return new Worker(program, { workerData: part });
});
const ends = threads.map((thread) => once(thread, 'exit'));

if (job.verify === undefined) {
  // Starting them is not part of the warm-up.
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const outcome = await Promise.race([
    window(job, sum, { growing: () => ({}), achievedDepth: () => workers }),
    Promise.race(ends).then(() => undefined),
  ]);
  Atomics.store(stop, 0, 1);
  await Promise.all(ends);
  if (outcome === undefined) throw new Error('a worker ended before the time was over');
  writeSync(1, `${JSON.stringify(outcome)}\n`);
} else {
  await Promise.all(ends);
  writeSync(1, `${JSON.stringify({ verified: sum() })}\n`);
}
