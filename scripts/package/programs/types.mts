import { allocate, BufferPool, DirectFile, open, probe, SubmissionQueue } from 'linux-aio';

await using queue = await SubmissionQueue.create({ depth: 32 });
using pool = BufferPool.create({ limit: 1024 * 1024 });
await using file = await open('file', { flags: 'r+', queue });
const { signal } = new AbortController();

const read = await file.read(pool.acquire(4096), { position: 0n, signal });
const written = await file.write(allocate(4096), 0, 4096, null);
const batch = await file.readBatch(pool.acquire(8192), [0, 4096]);
const { size } = await file.stat();
export const outcome: [number, number, Int32Array, number] = [
  read.bytesRead,
  written.bytesWritten,
  batch.results,
  size,
];
await probe('file');

// @ts-expect-error Files are opened, not constructed.
new DirectFile();
// @ts-expect-error Queues are created, not constructed.
new SubmissionQueue();
// @ts-expect-error Pools are created, not constructed.
new BufferPool();
// @ts-expect-error The depth is a number.
await SubmissionQueue.create({ depth: '32' });
