/**
 * Writes a whole file by one way, so that it is durable at the end. Arguments: the way, the file, its size, and another
 * for the warm-up, which is removed.
 */
import { once } from 'node:events';
import { createWriteStream as createFsWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createWriteStream } from '../../../index.js';
import { timePassage } from '../transfer/passage.js';
import { fillPeriodic, PERIOD } from '../transfer/periodic.js';
import { NODE_WRITES_1M, NODE_WRITES_64K, OURS_WRITES_1M, OURS_WRITES_64K } from './ways.js';

interface Way {
  create: (path: string) => Writable;
  chunk: number;
}

const ours = (chunk: number): Way => ({
  create: (path) => createWriteStream(path, { flush: true }),
  chunk,
});

const fs = (chunk: number): Way => ({
  create: (path) => createFsWriteStream(path, { flush: true, highWaterMark: chunk }),
  chunk,
});

const WAYS: Record<string, Way> = {
  [OURS_WRITES_64K]: ours(64 * 1024),
  [OURS_WRITES_1M]: ours(1024 * 1024),
  [NODE_WRITES_64K]: fs(64 * 1024),
  [NODE_WRITES_1M]: fs(1024 * 1024),
};
const WARM_UP = 8 * 2 ** 20;

/** Chunks that are not written to again, since a stream may hold them for as long as it likes. */
function makeChunks(bytes: number, all: number): Buffer[] {
  return Array.from({ length: Math.min(PERIOD, all) / bytes }, (_, index) => {
    const chunk = Buffer.allocUnsafeSlow(bytes);
    fillPeriodic(chunk, index * bytes);
    return chunk;
  });
}

async function write({ create }: Way, chunks: readonly Buffer[], path: string, size: number): Promise<number> {
  const stream = create(path);
  const end = finished(stream);
  let position = 0;
  for (let index = 0; position < size; index++) {
    const chunk = chunks[index % chunks.length]!;
    position += chunk.length;
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), end]);
  }
  stream.end();
  await end;
  if (!stream.closed) await once(stream, 'close');
  return position;
}

const [name = '', path = '', size = '', warm = ''] = process.argv.slice(2);
const way = WAYS[name];
if (way === undefined) throw new RangeError(`unknown way: ${name}`);
const chunks = makeChunks(way.chunk, Number(size));
await timePassage(
  async () => {
    await write(way, chunks, warm, WARM_UP);
    await rm(warm);
  },
  () => write(way, chunks, path, Number(size)),
);
