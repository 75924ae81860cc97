/**
 * Reads a whole file by one way. Arguments: the way, the file, and a small one for the warm-up;
 * or the way, the file and `check`, to print the SHA-256 of what was read.
 */
import { createHash } from 'node:crypto';
import { createReadStream as createFsReadStream } from 'node:fs';
import { type Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createReadStream, open } from '../../../index.js';
import { timePassage } from '../transfer/passage.js';
import { NODE_1M, NODE_64K, OURS_1M, OURS_64K, OURS_BLOCKS, OURS_BLOCKS_1M, OURS_PIPE } from './ways.js';

/** What becomes of a chunk, whose bytes may be others as soon as it returns. */
type Take = (chunk: Buffer) => void;
type Way = (path: string, take: Take) => Promise<unknown>;

async function drain(stream: Readable, take: Take): Promise<void> {
  stream.on('data', take);
  await finished(stream);
}

/** @param size of a block, where it is not the default. */
const byBlocks =
  (size?: number): Way =>
  async (path, take) => {
    const file = await open(path);
    for await (const block of file.blocks({ size })) {
      take(block.buffer);
      block.release();
    }
    await file.close();
  };

async function byPipe(path: string, take: Take): Promise<void> {
  const file = await open(path);
  const writable = new Writable({
    write(chunk: Buffer, _encoding, done) {
      take(chunk);
      done();
    },
  });
  await file.pipeTo(writable);
  await file.close();
}

const stream =
  (highWaterMark: number): Way =>
  (path, take) =>
    drain(createReadStream(path, { highWaterMark }), take);

const fsStream =
  (highWaterMark: number): Way =>
  (path, take) =>
    drain(createFsReadStream(path, { highWaterMark }), take);

const WAYS: Record<string, Way> = {
  [OURS_64K]: stream(64 * 1024),
  [OURS_1M]: stream(1024 * 1024),
  [OURS_BLOCKS]: byBlocks(),
  [OURS_BLOCKS_1M]: byBlocks(1024 * 1024),
  [OURS_PIPE]: byPipe,
  [NODE_64K]: fsStream(64 * 1024),
  [NODE_1M]: fsStream(1024 * 1024),
};

async function count(way: Way, path: string): Promise<number> {
  let bytes = 0;
  await way(path, (chunk) => (bytes += chunk.length));
  return bytes;
}

const [name = '', path = '', small = ''] = process.argv.slice(2);
const way = WAYS[name];
if (way === undefined) throw new RangeError(`unknown way: ${name}`);
if (small === 'check') {
  const hash = createHash('sha256');
  await way(path, (chunk) => hash.update(chunk));
  console.log(hash.digest('hex'));
} else {
  await timePassage(
    () => count(way, small),
    () => count(way, path),
  );
}
