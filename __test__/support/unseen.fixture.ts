/** Programs that end streams of large chunks, and tell what is left. Arguments: the file, the program, for workers a copy of the package. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { createReadStream, open } from '../../index.js';

const [, , path = '', program = '', copy = ''] = process.argv;
const options = { highWaterMark: 1 << 20 };

async function first(chunks: AsyncIterable<unknown>): Promise<unknown> {
  for await (const chunk of chunks) return chunk;
  return undefined;
}

/** What becomes of a stream. */
const FATES: Record<string, () => Promise<void>> = {
  destroyed: async () => {
    const stream = createReadStream(path, options);
    await once(stream, 'readable');
    stream.destroy();
    await once(stream, 'close');
  },
  aborted: async () => {
    const controller = new AbortController();
    const stream = createReadStream(path, { ...options, signal: controller.signal });
    try {
      await first(stream.iterator({ destroyOnReturn: false }));
      controller.abort();
      await finished(stream);
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
    }
  },
  left: async () => {
    await using file = await open(path, 'r');
    await first(file);
  },
  forgotten: async () => {
    const stream = createReadStream(path, options);
    await first(stream.iterator({ destroyOnReturn: false }));
  },
  read: async () => {
    await finished(createReadStream(path, options).resume());
  },
};

/** Whether there is as much memory of V8's as before, when the garbage is collected. */
async function tellMemory(live: () => Promise<void>): Promise<void> {
  const memory = (): number => process.memoryUsage().arrayBuffers;
  await live();
  await collect(Infinity);
  const before = memory();
  for (let time = 0; time < 20; time++) await live();
  await collect(before + (1 << 20));
  console.log(memory() <= before + (1 << 20) ? 'nothing left' : `${(memory() - before) >> 20} MiB left`);

  async function collect(enough: number): Promise<void> {
    for (let tries = 0; tries < 3000 && (tries < 5 || memory() > enough); tries++) {
      globalThis.gc?.();
      await delay(20);
    }
  }
}

/** What a worker runs that is terminated in the midst of a stream. */
const STREAMING = `
const { parentPort, workerData: { path, copy } } = require('node:worker_threads');
import(copy).then(async ({ open }) => {
  const file = await open(path, 'r');
  for (;;) {
    for await (const chunk of file.createReadStream({ start: 0, highWaterMark: 1 << 20, autoClose: false })) {
      parentPort.postMessage(chunk.byteLength);
    }
  }
});
`;

/** What a worker runs that ends when so many reads are under way, one after the other, that they are not done soon. */
const ENDING = `
const { workerData: { path, copy, reloads } } = require('node:worker_threads');
import(copy).then(async ({ open, SubmissionQueue }) => {
  const queue = await SubmissionQueue.create({ depth: 1 });
  const file = await open(path, { flags: 'r', queue });
  for (let stream = 0; stream < 50; stream++) {
    file.createReadStream({ start: 0, highWaterMark: 1 << 20, autoClose: false }).resume();
  }
  const underWay = () => queue.stats().queued + queue.stats().inFlight;
  for (let turn = 0; turn < 1000 && underWay() < 50; turn++) await new Promise(setImmediate);
  if (reloads) process.dlopen({ exports: {} }, Object.keys(require('node:module')._cache).find((name) => name.endsWith('.node')));
  process.exit(underWay());
});
`;

/** Runs a worker to its end: its code. */
async function work(source: string, onMessage?: (worker: Worker) => void): Promise<number> {
  const worker = new Worker(source, {
    eval: true,
    execArgv: [],
    workerData: { path, copy, reloads: program === 'reloading' },
  });
  worker.on('message', () => onMessage?.(worker));
  return new Promise((resolve, reject) => {
    worker.once('exit', resolve);
    worker.once('error', reject);
  });
}

async function terminate(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    let left = 3 + time;
    await work(STREAMING, (worker) => {
      if (--left === 0) void worker.terminate();
    });
  }
  console.log(`${times} ended`);
}

/** Whether the context is there when the worker has ended: it is unmapped when the kernel is done with its operations. */
async function endWithReads(): Promise<void> {
  const underWay = await work(ENDING);
  const contexts = readFileSync('/proc/self/maps', 'utf8').match(/\[aio\]/g)?.length ?? 0;
  console.log(underWay > 40 ? `with reads under way, contexts left: ${contexts}` : 'no reads under way');
}

if (program === 'terminated') await terminate(20);
else if (program === 'ending' || program === 'reloading') await endWithReads();
else await tellMemory(FATES[program] as () => Promise<void>);
process.exit();
