import { allocate, open, SubmissionQueue, type DirectFile } from '../../index.js';

const PAGE = 4096;
const COUNT = 150;
const SMALL = 1000;

/** How many calls ended in each way, by the code of their errors; and the blocks of which a write was acknowledged. */
export interface Report {
  readonly ends: Record<string, number>;
  readonly written: readonly number[];
  readonly calls: number;
  /** Of the queue: operations, and those that have settled. */
  readonly operations: number;
  readonly settled: number;
}

const ends: Record<string, number> = {};
let calls = 0;

/** Counts how a call ends. */
async function counted(call: () => Promise<string>): Promise<void> {
  calls++;
  const end = await call().catch((error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error));
  ends[end] = (ends[end] ?? 0) + 1;
}

function repeat(call: (index: number) => Promise<string>): Promise<unknown> {
  return Promise.all(Array.from({ length: COUNT }, (_, index) => counted(() => call(index))));
}

/** Blocks, and in a second part of the file records that share blocks and vectors of three, written and read back. */
async function load(file: DirectFile): Promise<readonly number[]> {
  const written = new Set<number>();
  await repeat(async (index) => {
    await file.write(allocate(PAGE).fill(index + 1), { position: index * PAGE });
    written.add(index);
    return 'written';
  });
  await repeat(async (index) => {
    const { buffer } = await file.read(allocate(PAGE), { position: index * PAGE });
    const expected = written.has(index) ? index + 1 : buffer[0];
    return buffer.every((byte) => byte === expected) ? 'read' : 'wrong';
  });
  const records = COUNT * PAGE;
  for (let index = 0; index < 10; index++) {
    await counted(async () => {
      const position = records + index * SMALL;
      await file.write(Buffer.alloc(SMALL, index + 1), { position });
      const { buffer } = await file.read(Buffer.alloc(SMALL), { position });
      return buffer.every((byte) => byte === index + 1) ? 'record' : 'wrong';
    });
  }
  await counted(async () => {
    const vector = [1, 2, 3].map((byte) => allocate(PAGE).fill(byte));
    const { bytesWritten } = await file.writev(vector, records + 8 * PAGE);
    return bytesWritten === 3 * PAGE ? 'vector' : 'wrong';
  });
  await counted(() => file.datasync().then(() => 'synced'));
  return [...written];
}

/** Loads a queue that reaps as told, and prints a {@link Report}. */
async function main(): Promise<void> {
  const [, , path = '', reaping = ''] = process.argv;
  const queue = await SubmissionQueue.create({ engine: 'aio', depth: 32, ring: reaping === 'ring' });
  const file = await open(path, { flags: 'r+', queue });
  const written = await load(file);
  const { operations, completed } = queue.stats();
  await file.close();
  await queue.close();
  const report: Report = { ends, written, calls, operations, settled: completed };
  console.log(JSON.stringify(report));
}

void main();
