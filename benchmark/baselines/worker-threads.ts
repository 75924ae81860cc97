import type { Contestant } from '../harness/contestant.js';

/** Each worker has a heap and an event loop of its own, some 10 MiB: nobody starts one for each of 128 operations. */
const MOST_WORKERS = 8;

/** Threads of `node:worker_threads`, each in a loop of readSync or writeSync: one operation in flight for each. */
export function workerThreads(program: (name: string) => string): Contestant {
  return {
    name: 'node:fs sync, worker threads',
    summary: `readSync and writeSync with O_DIRECT and aligned memory in as many workers as the depth, at most ${MOST_WORKERS}`,
    part: 'candidate',
    isNodeFs: true,
    applies: ({ target }) => target !== 'tmpfs',
    command: ({ depth }) => ({
      file: process.execPath,
      arguments: [program('baselines/worker-threads.child'), '--workers', String(Math.min(depth, MOST_WORKERS))],
    }),
  };
}
