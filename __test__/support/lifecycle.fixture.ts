import { readdirSync } from 'node:fs';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

import { allocate, open, SubmissionQueue } from '../../index.js';

/** Programs that end in one way or another while hundreds of operations are in flight. */
const [, , path = '', end = ''] = process.argv;

/** A worker does not inherit the loader of TypeScript. */
const BOOT = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
  .then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})));`;

async function busy(): Promise<{ operations: Promise<unknown>[] }> {
  const file = await open(path, { flags: 'r+', queue: await SubmissionQueue.create({ depth: 256 }) });
  const operations = Array.from({ length: 400 }, (_, index) => {
    const options = { position: (index % 64) * 16_384 };
    return index % 2 === 0 ? file.read(allocate(16_384), options) : file.write(allocate(16_384), options);
  });
  return { operations };
}

const ENDS: Record<string, () => Promise<void>> = {
  // Nothing is awaited: what is in flight keeps the process until it is done.
  natural: async () => {
    const { operations } = await busy();
    void Promise.all(operations).then((results) => {
      console.log(results.length);
    });
  },
  // An open file and a queue alone keep nothing.
  idle: async () => {
    await Promise.all((await busy()).operations);
    console.log('idle');
  },
  // Files and queues that nobody closes are closed by the collector.
  forgotten: async () => {
    const before = readdirSync('/proc/self/fd').length;
    for (let index = 0; index < 50; index++) await (await open(path)).read(allocate(4096), { position: 0 });
    for (let index = 0; index < 20; index++) await SubmissionQueue.create({ depth: 1 });
    for (let turn = 0; turn < 40; turn++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    console.log(readdirSync('/proc/self/fd').length - before < 10 ? 'closed' : 'leaked');
  },
  exit: async () => {
    await busy();
    process.exit(0);
  },
  exception: async () => {
    await busy();
    setImmediate(() => {
      throw new Error('on purpose');
    });
  },
  terminate: async () => {
    for (let round = 0; round < 10; round++) {
      const worker = new Worker(BOOT, { eval: true, argv: [path, 'worker'] });
      await new Promise((resolve) => worker.once('message', resolve));
      await worker.terminate();
    }
    console.log('terminated');
  },
};

if (isMainThread) void ENDS[end]?.();
else void busy().then(() => parentPort?.postMessage('busy'));
