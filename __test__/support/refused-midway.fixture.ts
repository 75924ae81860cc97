import { allocate, open, SubmissionQueue } from '../../index.js';

const PAGE = 4096;
const COUNT = 200;

/** Writes and reads 200 blocks through a queue reaped as told, and prints how each ended. */
async function main(): Promise<void> {
  const [, , path = '', reaping = ''] = process.argv;
  const queue = await SubmissionQueue.create({ engine: 'aio', depth: 32, ring: reaping === 'ring' });
  const file = await open(path, { flags: 'r+', queue });
  const ends: Record<string, number> = {};
  const count = (end: string): void => void (ends[end] = (ends[end] ?? 0) + 1);
  const told = (error: unknown): void => {
    count((error as NodeJS.ErrnoException).code ?? String(error));
  };
  const written = new Set<number>();
  const write = async (index: number): Promise<void> => {
    const block = allocate(PAGE);
    block.fill(index + 1);
    await file.write(block, { position: index * PAGE });
    written.add(index);
    count('written');
  };
  await Promise.all(Array.from({ length: COUNT }, (_, index) => write(index).catch(told)));
  const read = async (index: number): Promise<void> => {
    const { buffer } = await file.read(allocate(PAGE), { position: index * PAGE });
    const expected = written.has(index) ? index + 1 : buffer[0];
    count(buffer.every((byte) => byte === expected) ? 'read' : 'wrong');
  };
  await Promise.all(Array.from({ length: COUNT }, (_, index) => read(index).catch(told)));
  await file.close();
  await queue.close();
  console.log(JSON.stringify(ends));
}

void main();
