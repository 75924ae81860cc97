import { allocate, open, SubmissionQueue } from '../../index.js';

const [, , path = ''] = process.argv;

async function use(): Promise<number> {
  await using queue = await SubmissionQueue.create({ engine: 'aio' });
  await using file = await open(path, { queue });
  const { bytesRead } = await file.read(allocate(4096), { position: 0 });
  return bytesRead;
}

/** Makes queues one after the other, uses each that it gets, and prints how each went: bytes read, or an error code. */
async function main(): Promise<void> {
  const went: unknown[] = [];
  for (let turn = 0; turn < 12; turn++) {
    went.push(await use().catch((error: unknown) => (error as NodeJS.ErrnoException).code));
  }
  console.log(JSON.stringify(went));
}

void main();
