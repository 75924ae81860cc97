import fs, { constants } from 'node:fs';
import { promisify } from 'node:util';
import { allocate, BufferPool, open, SubmissionQueue } from '../../../index.js';
import { type Engine, type Job, writes } from './job.js';

/** Told of the end of an operation, as by fs.read. */
export type Done = (error: Error | null, bytes: number) => void;

/** Who carries out the operations of one thread. */
export interface Carrier {
  /** Memory of a lane: the bytes of one operation. */
  block(): Buffer;
  read(block: Buffer, position: number, done: Done): void;
  write(block: Buffer, position: number, done: Done): void;
  close(): Promise<void>;
}

async function linuxAio(job: Job): Promise<Carrier> {
  const { depth, blockSize, pattern } = job;
  const queue = await SubmissionQueue.create({ depth });
  const file = await open(job.path, { flags: writes(pattern) ? 'r+' : 'r', queue });
  // Blocks are powers of two, and small ones come several at a time.
  const pool = BufferPool.create({ limit: 2 * depth * blockSize + 2 ** 22 });
  return {
    block: () => pool.acquire(blockSize),
    read: (block, position, done) => {
      file.read(block, 0, blockSize, position, done);
    },
    write: (block, position, done) => {
      file.write(block, 0, blockSize, position, done);
    },
    async close() {
      await file.close();
      await queue.close();
      pool.close();
    },
  };
}

/** The same work by fs.read and fs.write on libuv's threads: past the page cache, too, where that is to be had. */
async function nodeFs({ path, blockSize, pattern }: Job): Promise<Carrier> {
  const mode = writes(pattern) ? constants.O_RDWR : constants.O_RDONLY;
  // As the library decides it: so that both do the same.
  const probed = await open(path);
  const { direct } = probed;
  await probed.close();
  const fd = await promisify(fs.open)(path, mode | (direct ? constants.O_DIRECT : 0));
  return {
    block: () => allocate(blockSize),
    read: (block, position, done) => {
      fs.read(fd, block, 0, blockSize, position, done);
    },
    write: (block, position, done) => {
      fs.write(fd, block, 0, blockSize, position, done);
    },
    close: () => promisify(fs.close)(fd),
  };
}

export function carrierOf(engine: Engine, job: Job): Promise<Carrier> {
  return engine === 'linux-aio' ? linuxAio(job) : nodeFs(job);
}
