import { createHistogram } from 'node:perf_hooks';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

/** Milliseconds that events waited for the loop: quantiles, and the longest. */
export interface EventWait {
  eventP50: number;
  eventP99: number;
  eventMax: number;
}

/**
 * Measures how long an event from elsewhere waits until the loop has taken it, about once a millisecond. Other than a
 * timer's delay, which libuv rounds to milliseconds whenever the loop sleeps, it is near nothing where the loop is idle.
 */
export async function watchEvents(): Promise<() => EventWait> {
  const waits = createHistogram();
  const worker = new Worker(new URL(`pinger.child${extname(fileURLToPath(import.meta.url))}`, import.meta.url));
  await new Promise((received) => worker.once('message', received));
  worker.on('message', (sent: bigint) => {
    waits.record(process.hrtime.bigint() - sent);
  });
  const milliseconds = (nanoseconds: number): number => nanoseconds / 1e6;
  return () => {
    void worker.terminate();
    return {
      eventP50: milliseconds(waits.percentile(50)),
      eventP99: milliseconds(waits.percentile(99)),
      eventMax: milliseconds(waits.max),
    };
  };
}
