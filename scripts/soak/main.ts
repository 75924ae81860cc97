/**
 * `npm run soak -- --seconds N`, or `--operations N`, as many of this thread's: a mixed load on this thread, with random
 * aborts, while workers come, go and are terminated. At the end fs.aio-nr, descriptors and memory have to be what they
 * were. `--directory D`: on what filesystem.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import { load, type Done } from './load.js';

const MEBIBYTE = 1 << 20;
/** Memory may grow by as much: V8 keeps what it has once used. */
const GROWTH = 96 * MEBIBYTE;
/** A worker does not inherit the loader of TypeScript. */
const BOOT = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
  .then(({ register }) => (register(), import(${JSON.stringify(new URL('worker.ts', import.meta.url).href)})));`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    operations: { type: 'string', default: '0' },
    directory: { type: 'string', default: '.test-scratch' },
  },
});
const DIRECTORY = resolve(values.directory, `soak-${process.pid}`);
const end = performance.now() + 1000 * Number(values.seconds);
const operations = Number(values.operations);
/** Done by this thread: the workers' are told when they end. */
const progress: Done = { operations: 0, aborted: 0 };
const over = (): boolean => (operations > 0 ? progress.operations >= operations : performance.now() > end);

const aioInUse = (): number => Number(readFileSync('/proc/sys/fs/aio-nr', 'utf8'));
/** Of the library's sorts: a worker that is terminated while it loads a module leaves that file open, which is Node's. */
const descriptors = (): string[] => {
  const all = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return 'the list itself';
    }
  });
  return all.filter((target) => target.includes('eventfd') || target.includes('memfd') || target.startsWith(DIRECTORY));
};

interface Counts extends Done {
  workers: number;
  terminated: number;
}

async function comeAndGo(name: string, counts: Counts): Promise<void> {
  while (!over()) {
    const path = join(DIRECTORY, name);
    const worker = new Worker(BOOT, { eval: true, workerData: { path, milliseconds: randomInt(200, 1500) } });
    worker.on('message', ({ operations, aborted }: Done) => {
      counts.operations += operations;
      counts.aborted += aborted;
    });
    const ended = new Promise<void>((resolve, reject) => {
      worker.on('error', reject);
      worker.on('exit', () => {
        resolve();
      });
    });
    if (randomInt(3) === 0) {
      await sleep(randomInt(1500));
      await worker.terminate();
      counts.terminated++;
    }
    await ended;
    counts.workers++;
  }
}

async function quiet(check: () => boolean): Promise<boolean> {
  for (let turn = 0; turn < 100 && !check(); turn++) {
    globalThis.gc?.();
    await sleep(100);
  }
  return check();
}

mkdirSync(DIRECTORY, { recursive: true });
const counts: Counts = { operations: 0, aborted: 0, workers: 0, terminated: 0 };
try {
  // Once before anything is counted: what is loaded and compiled stays.
  await load(join(DIRECTORY, 'first'), () => true);
  const before = { aio: aioInUse(), fds: descriptors() };
  const sizes: number[] = [];
  const watch = setInterval(() => sizes.push(process.memoryUsage.rss()), 1000);
  const [own] = await Promise.all([
    load(join(DIRECTORY, 'main'), over, progress),
    ...['one', 'two'].map(async (name) => comeAndGo(name, counts)),
  ]);
  clearInterval(watch);
  counts.operations += own.operations;
  counts.aborted += own.aborted;
  const early = Math.max(...sizes.slice(0, Math.ceil(sizes.length / 4)));
  const late = Math.max(...sizes.slice(-Math.ceil(sizes.length / 4)));
  const checks = {
    'fs.aio-nr is back': await quiet(() => aioInUse() <= before.aio),
    'no descriptor is left': await quiet(() => descriptors().length <= before.fds.length),
    'memory is flat': late - early < GROWTH,
  };
  console.log(JSON.stringify(counts));
  console.log(
    `resident MiB: ${Math.round(early / MEBIBYTE)} in the first quarter, ${Math.round(late / MEBIBYTE)} in the last`,
  );
  for (const [name, passed] of Object.entries(checks)) console.log(`${passed ? 'ok' : 'not ok'} ${name}`);
  if (Object.values(checks).includes(false)) {
    process.exitCode = 1;
    console.log(`descriptors: ${descriptors().sort().join(' ')}\nbefore: ${before.fds.sort().join(' ')}`);
  }
} finally {
  rmSync(DIRECTORY, { recursive: true, force: true });
}
