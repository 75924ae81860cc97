import { execFile } from 'node:child_process';
import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';

import { allocate, open, SubmissionQueue, type DirectFile } from '../../index.js';
import { openFiles } from './open-files.js';

/** Programs that end in one way or another while hundreds of operations are in flight. */
const [, , path = '', end = ''] = process.argv;

/** A worker does not inherit the loader of TypeScript. */
const BOOT = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
  .then(({ register }) => (register(), import(${JSON.stringify(import.meta.url)})));`;

interface Busy {
  queue: SubmissionQueue;
  operations: Promise<unknown>[];
}

/** Files that nobody is to collect, who would say so. */
const files: unknown[] = [];

/** Reads, overwrites, and writes beyond the end, which are for helpers. */
async function busy(): Promise<Busy> {
  const queue = await SubmissionQueue.create({ depth: 256, engine: 'aio' });
  const file = await open(path, { flags: 'r+', queue });
  files.push(file);
  const { size } = await file.stat();
  const operations = Array.from({ length: 600 }, (_, index) => {
    if (index % 3 === 2) return file.write(allocate(16_384), { position: size + index * 16_384 });
    const options = { position: (index % 64) * 16_384 };
    return index % 3 === 1 ? file.read(allocate(16_384), options) : file.write(allocate(16_384), options);
  });
  return { queue, operations };
}

/** A file for reads that nobody awaits. */
async function forCallbacks(): Promise<DirectFile> {
  const file = await open(path);
  files.push(file);
  return file;
}

/**
 * As busy, for what is to be cut short: until helpers have been at work, too, and some are in flight. Says that there is
 * something to cut.
 */
async function cut(): Promise<Busy> {
  const all = await busy();
  await Promise.resolve();
  let { helped, inFlight, queued } = all.queue.stats();
  const until = performance.now() + 30_000;
  while ((helped === 0 || inFlight === 0) && inFlight + queued > 0 && performance.now() < until) {
    await new Promise((resolve) => setImmediate(resolve));
    ({ helped, inFlight, queued } = all.queue.stats());
  }
  // At once: what console.log writes to a pipe may be lost where the process exits.
  writeSync(
    1,
    helped > 0 && inFlight > 0 && inFlight + queued > 300
      ? 'hundreds under way\n'
      : `${inFlight} and ${queued}, ${helped} helped\n`,
  );
  return all;
}

function fail(): never {
  throw new Error('on purpose');
}

const ENDS: Record<string, () => Promise<void>> = {
  // Nothing is awaited: what is in flight keeps the process until it is done.
  natural: async () => {
    const { operations } = await busy();
    void Promise.all(operations).then((results) => {
      console.log(results.length);
    });
  },
  // Imported, and nothing done.
  nothing: async () => {
    await Promise.resolve();
    console.log('nothing');
  },
  // Children that begin and end meanwhile have neither our descriptors nor our contexts.
  children: async () => {
    const { operations } = await busy();
    const list = 'readlink /proc/self/fd/*; cat /proc/self/maps';
    for (let child = 0; child < 10; child++) {
      const { stdout } = await promisify(execFile)('sh', ['-c', `${list}; true`]);
      const has = [path, '[eventfd]', '[aio]'].filter((ours) => stdout.includes(ours));
      if (has.length > 0) console.log('a child has', has.join(' and '));
    }
    console.log((await Promise.all(operations)).length);
  },
  // An open file and a queue alone keep nothing.
  idle: async () => {
    await Promise.all((await busy()).operations);
    console.log('idle');
  },
  // Files and queues that nobody closes are closed by the collector.
  forgotten: async () => {
    const before = openFiles();
    for (let index = 0; index < 50; index++) await (await open(path)).read(allocate(4096), { position: 0 });
    for (let index = 0; index < 20; index++) await SubmissionQueue.create({ depth: 1 });
    const isClosed = (): boolean => openFiles() - before < 10;
    for (let turn = 0; turn < 2000 && !isClosed(); turn++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    console.log(isClosed() ? 'closed' : 'leaked');
  },
  // Memory of what has ended is its owner's alone, also that of the last operation.
  'ended-memory': async () => {
    const file = await open(path, 'r+');
    files.push(file);
    const forms: ((memory: Buffer) => Promise<unknown>)[] = [
      (memory) => file.read(memory, { position: 0 }),
      (memory) => file.write(memory, { position: 0 }),
      (memory) => file.readBatch(memory, [0]),
      (memory) => file.read(memory, { position: 0, signal: AbortSignal.abort() }).catch(String),
      (memory) =>
        new Promise((resolve) => {
          file.read(memory, 0, 4096, 0, resolve);
        }),
    ];
    for (const form of forms) {
      const memory = await (async () => {
        const buffer = allocate(4096);
        await form(buffer);
        return new WeakRef(buffer);
      })();
      // What was asked for is kept for the rest of the turn.
      const isCollected = async (): Promise<boolean> => {
        await delay(10);
        globalThis.gc?.();
        await delay(10);
        return memory.deref() === undefined;
      };
      let collected = false;
      for (let turn = 0; turn < 250 && !collected; turn++) collected = await isCollected();
      console.log(collected ? 'collected' : `kept: ${form.toString()}`);
    }
  },
  exit: async () => {
    await cut();
    process.exit(0);
  },
  'exit-on-completion': async () => {
    void Promise.race((await cut()).operations).then(() => process.exit(4));
  },
  exception: async () => {
    await cut();
    setImmediate(fail);
  },
  rejection: async () => {
    void Promise.race((await cut()).operations).then(fail);
  },
  'exception-on-completion': async () => {
    void Promise.race((await cut()).operations).then(() => {
      queueMicrotask(fail);
    });
  },
  signal: async () => {
    await cut();
    process.kill(process.pid, 'SIGTERM');
  },
  'signal-handled': async () => {
    process.once('SIGTERM', () => process.exit(5));
    await cut();
    process.kill(process.pid, 'SIGTERM');
  },
  // Every third completion throws, in a microtask or a tick.
  handled: async () => {
    const caught = { microtask: 0, tick: 0 };
    let settled = 0;
    process.on('uncaughtException', ({ message }) => {
      caught[message as keyof typeof caught]++;
    });
    const failing = (where: keyof typeof caught) => (): never => {
      throw new Error(where);
    };
    for (const [index, operation] of (await busy()).operations.entries()) {
      void operation.then(() => {
        settled++;
        if (index % 6 === 0) queueMicrotask(failing('microtask'));
        if (index % 6 === 3) process.nextTick(failing('tick'));
      });
    }
    process.once('exit', () => {
      console.log(JSON.stringify({ settled, ...caught }));
    });
  },
  // Every third callback throws; some of their reads need a copy, and some are refused.
  callbacks: async () => {
    const file = await forCallbacks();
    let [told, caught] = [0, 0];
    process.on('uncaughtException', ({ message }) => {
      if (message === 'on purpose') caught++;
    });
    for (let index = 0; index < 600; index++) {
      const memory = index % 4 === 0 ? Buffer.alloc(4096) : allocate(4096);
      file.read(memory, 0, index % 5 === 0 ? 5000 : 4096, (index % 64) * 4096, () => {
        told++;
        if (index % 3 === 0) fail();
      });
    }
    process.once('exit', () => {
      console.log(JSON.stringify({ told, caught }));
    });
  },
  // Nobody handles what the first throws.
  'exception-in-a-callback': async () => {
    const file = await forCallbacks();
    writeSync(1, 'hundreds under way\n');
    for (let index = 0; index < 300; index++) file.read(allocate(4096), 0, 4096, 0, fail);
  },
  // Nothing but a callback is waited for.
  'waits-for-callbacks': async () => {
    const file = await forCallbacks();
    const counts = { told: 0, again: 0 };
    for (let index = 0; index < 100; index++) {
      file.read(Buffer.alloc(4096), 0, 4096, 5, () => {
        counts.told++;
        file.read(allocate(4096), 0, 4096, 0, () => {
          if (++counts.again === 100) console.log(JSON.stringify(counts));
        });
      });
    }
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
else void cut().then(() => parentPort?.postMessage('busy'));
