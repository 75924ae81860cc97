import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Programs of many workers: of a file, and of copies of the package as plain JavaScript. */
const [, , path = '', program = '', ...copies] = process.argv;

/** What a worker runs: 40 operations, then it ends as it is told to. */
const WORKER = `
const { parentPort, workerData: { path, copy, end } } = require('node:worker_threads');
import(copy).then(async ({ allocate, open }) => {
  const file = await open(path, 'r+');
  const underWay = async () => {
    // They go down in a microtask.
    for (let turn = 0; turn < 5; turn++) await undefined;
    const { inFlight, queued } = file.queue.stats();
    return inFlight + queued > 0;
  };
  const operations = Array.from({ length: 40 }, (_, index) => {
    const options = { position: (index % 16) * 16384 };
    if (index % 4 === 0) return file.write(allocate(4096), { append: true });
    return index % 2 === 0 ? file.read(allocate(16384), options) : file.write(allocate(16384), options);
  });
  if (end === 'exit') process.exit((await underWay()) ? 3 : 4);
  if (end === 'exception') throw new Error('on purpose');
  if (end === 'whole') {
    await Promise.all(operations);
    await file.truncate(1 << 20);
    await file.close();
  }
  // One that is terminated must not have come to its end by itself.
  if (end === 'terminate') setInterval(() => {}, 1000);
  parentPort.postMessage('done');
});
`;

/** What a worker runs that is terminated while it writes over what is there, and beyond its end. */
const WRITING = `
const { parentPort, workerData: { path, copy } } = require('node:worker_threads');
import(copy).then(async ({ BufferPool, open }) => {
  const pool = BufferPool.create({ limit: 32 << 20 });
  const file = await open(path, 'r+');
  for (let index = 0; index < 512; index++) {
    file.write(pool.acquire(65536).fill('x'), { position: index * 65536 }).catch(() => undefined);
  }
  setImmediate(() => parentPort.postMessage('under way'));
});
`;

/** What a worker runs that appends its letter. */
const APPENDING = `
const { parentPort, workerData: { path, copy, engine, letter } } = require('node:worker_threads');
import(copy).then(async ({ allocate, open }) => {
  const file = await open(path, { flags: 'a', engine });
  const appends = Array.from({ length: 100 }, (_, index) => file.write(allocate(4096).fill(letter)));
  await Promise.all(appends);
  await file.close();
  parentPort.postMessage('appended');
});
`;

/** What a worker runs that gives memory away as it ends. */
const GIVING = `
const { parentPort, workerData: { copy } } = require('node:worker_threads');
import(copy).then(({ allocate }) => {
  const late = allocate(65536).fill('x');
  process.on('exit', () => {
    const given = late.buffer.transfer();
    parentPort.postMessage(given, [given]);
  });
});
`;

/** Runs a worker to its end, which is to come as soon as it has said something where it is `cut`: what it said, and its code. */
async function runWorker(source: string, workerData: object, cut: boolean): Promise<{ said: unknown[]; code: number }> {
  const worker = new Worker(source, { eval: true, execArgv: [], workerData });
  const said: unknown[] = [];
  worker.on('message', (message) => {
    said.push(message);
    if (cut) void worker.terminate();
  });
  worker.on('error', ({ message }) => said.push(message));
  const code = await new Promise<number>((resolve) => worker.once('exit', resolve));
  return { said, code };
}

type End = 'exit' | 'exception' | 'whole' | 'natural' | 'terminate';

/** Runs one worker to its end; how it ended, in a word. */
async function work(copy: string, end: End): Promise<string> {
  const { said, code } = await runWorker(WORKER, { path, copy, end }, end === 'terminate');
  return [...said, code].join(' ');
}

/** Descriptors of this process, and its AIO contexts: each is a mapping. */
function held(): number {
  const contexts = readFileSync('/proc/self/maps', 'utf8').match(/\[aio\]/g) ?? [];
  return readdirSync('/proc/self/fd').length + contexts.length;
}

/** What is ended elsewhere, on a thread of its own, may take a moment. */
async function heldBackTo(before: number): Promise<boolean> {
  for (let turn = 0; turn < 3000 && held() > before; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return held() <= before;
}

/** Runs workers one after the other, the first unobserved, and tells what they said and whether anything is left. */
async function series(count: number, end: (index: number) => End): Promise<void> {
  const said = new Set([await work(copies[0] ?? '', end(0))]);
  const before = held();
  for (let index = 1; index < count; index++) said.add(await work(copies[0] ?? '', end(index)));
  console.log([...said].sort().join(', '), (await heldBackTo(before)) ? 'none left' : 'left');
}

const ENDS: readonly End[] = ['exit', 'exception', 'whole', 'natural', 'terminate'];

const PROGRAMS: Record<string, () => Promise<void>> = {
  exit: async () => series(10, () => 'exit'),
  exception: async () => series(10, () => 'exception'),
  natural: async () => series(10, () => 'natural'),
  many: async () => series(200, () => 'whole'),
  // Whether what was there and what is new are whole then, as far as the file has no holes.
  writing: async () => {
    const { size: before } = statSync(path);
    const { said } = await runWorker(WRITING, { path, copy: copies[0] }, true);
    if (said[0] !== 'under way') throw new Error(String(said[0]));
    let size = -1;
    for (let now = 0; size !== now; now = statSync(path).size) {
      size = now;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const content = readFileSync(path);
    console.log(!content.subarray(0, before).includes(0), !content.subarray(before).includes(0));
  },
  // Blocks of each letter in the file, when two workers have appended a hundred each.
  appending: async () => {
    for (const engine of ['auto', 'fs']) {
      writeFileSync(path, '');
      const workers = ['a', 'b'].map((letter) =>
        runWorker(APPENDING, { path, copy: copies[0], engine, letter }, false),
      );
      const said = (await Promise.all(workers)).flatMap((worker) => worker.said);
      const content = readFileSync(path, 'latin1');
      const blocks = ['a', 'b'].map((letter) => content.split(letter.repeat(4096)).length - 1);
      console.log(...said, ...blocks, content.length / 4096);
    }
  },
  // What another thread sees of memory whose worker has ended: what was there, or zeros.
  giving: async () => {
    for (let round = 0; round < 5; round++) {
      const { said } = await runWorker(GIVING, { copy: copies[0] }, false);
      const given = said[0] as ArrayBuffer;
      const bytes = new Uint8Array(given);
      const [first = 0] = bytes;
      console.log(given.byteLength, [0, 120].includes(first) && bytes.every((byte) => byte === first));
    }
  },
  // Two copies in this thread, and in workers that end in every way, at the same time.
  copies: async () => {
    const all = copies.flatMap((copy) => ENDS.map(async (end) => work(copy, end)));
    for (const copy of copies) {
      const { allocate, open } = (await import(copy)) as typeof import('../../index.js');
      const file = await open(path, 'r+');
      const reads = Array.from({ length: 100 }, async () => file.read(allocate(4096), { position: 0 }));
      all.push(Promise.all(reads).then((results) => String(results.length)));
      void Promise.all(reads).then(async () => file.close());
    }
    console.log((await Promise.all(all)).join(', '));
  },
};

void PROGRAMS[program]?.();
