import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Job } from './job.js';
import type { Part } from './part.js';
import { window } from './window.js';

/** Does a job in `workers` threads that run `program`, each with a {@link Part} of it, and prints the outcome. */
export async function runCrew(job: Job, workers: number, program: URL): Promise<void> {
  const stop = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const completed = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * workers));
  const sum = () => completed.reduce((total, count) => total + count, 0);
  const threads = Array.from({ length: workers }, (_, index) => {
    const part: Part = { job, index, workers, stop, completed };
    return new Worker(program, { workerData: part });
  });
  const ends = threads.map((thread) => once(thread, 'exit'));

  if (job.verify !== undefined) {
    await Promise.all(ends);
    writeSync(1, `${JSON.stringify({ verified: sum() })}\n`);
    return;
  }
  // Starting them is not part of the warm-up.
  await Promise.all(threads.map((thread) => once(thread, 'message')));
  const outcome = await Promise.race([window(job, sum), Promise.race(ends).then(() => undefined)]);
  Atomics.store(stop, 0, 1);
  await Promise.all(ends);
  if (outcome === undefined) throw new Error('a worker ended before the time was over');
  writeSync(1, `${JSON.stringify(outcome)}\n`);
}
