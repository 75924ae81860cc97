import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Programs of many workers: of a file, and of copies of the package as plain JavaScript. */
const [, , path = '', program = '', ...copies] = process.argv;

/** What a worker runs: 40 operations, then it ends as it is told to. */
const WORKER = `
const { parentPort, workerData: { path, copy, end } } = require('node:worker_threads');
import(copy).then(async ({ allocate, open }) => {
  const file = await open(path, 'r+');
  const operations = Array.from({ length: 40 }, (_, index) => {
    const options = { position: (index % 16) * 16384 };
    if (index % 4 === 0) return file.write(allocate(4096), { append: true });
    return index % 2 === 0 ? file.read(allocate(16384), options) : file.write(allocate(16384), options);
  });
  if (end === 'exit') process.exit(3);
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

type End = 'exit' | 'exception' | 'whole' | 'natural' | 'terminate';

/** Runs one worker to its end; how it ended, in a word. */
async function work(copy: string, end: End): Promise<string> {
  const worker = new Worker(WORKER, { eval: true, execArgv: [], workerData: { path, copy, end } });
  const said: string[] = [];
  worker.on('message', (message: string) => {
    said.push(message);
    if (end === 'terminate') void worker.terminate();
  });
  worker.on('error', ({ message }) => said.push(message));
  const code = await new Promise<number>((resolve) => worker.once('exit', resolve));
  return [...said, code].join(' ');
}

/** Descriptors of this process, and its AIO contexts: each is a mapping. */
function held(): number {
  const contexts = readFileSync('/proc/self/maps', 'utf8').match(/\[aio\]/g) ?? [];
  return readdirSync('/proc/self/fd').length + contexts.length;
}

/** What is ended elsewhere, on a thread of its own, may take a moment. */
async function heldBackTo(before: number): Promise<boolean> {
  for (let turn = 0; turn < 100 && held() > before; turn++) {
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
