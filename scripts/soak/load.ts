import { randomInt } from 'node:crypto';

import { BufferPool, open, SubmissionQueue } from '../../index.js';

const BLOCK = 4096;
const BLOCKS = 256;
const WORKERS = 24;

/** Each block says which one it is, so that a read that got another's memory or place is seen. */
function stamp(buffer: Buffer, block: number): void {
  for (let at = 0; at < buffer.byteLength; at += 8) buffer.writeDoubleLE(block, at);
}

function check(buffer: Buffer, block: number): void {
  for (let at = 0; at < buffer.byteLength; at += 512) {
    if (buffer.readDoubleLE(at) !== block) throw new Error(`block ${block} holds ${buffer.readDoubleLE(at)}`);
  }
}

/** Operations done, and of these aborted. */
export interface Done {
  operations: number;
  aborted: number;
}

/** A mixed load on a file of its own until `over` says so, counted in `done`: reads, writes, copies, syncs, changes of length, aborts. */
export async function load(
  path: string,
  over: () => boolean,
  done: Done = { operations: 0, aborted: 0 },
): Promise<Done> {
  const queue = await SubmissionQueue.create({ depth: 64 });
  const pool = BufferPool.create({ limit: 8 << 20 });
  const file = await open(path, { flags: 'w+', queue });
  for (let block = 0; block < BLOCKS; block++) {
    const buffer = Buffer.alloc(BLOCK);
    stamp(buffer, block);
    await file.write(buffer, { position: block * BLOCK });
  }
  const step = async (): Promise<void> => {
    const block = randomInt(BLOCKS);
    const position = block * BLOCK;
    const kind = randomInt(100);
    const controller = new AbortController();
    const options = { position, signal: controller.signal };
    const buffer = kind % 2 === 0 ? await pool.acquireAsync(BLOCK) : Buffer.alloc(BLOCK);
    const aborts = randomInt(20) === 0;
    if (aborts)
      setImmediate(() => {
        controller.abort();
      });
    try {
      if (kind < 50) {
        if ((await file.read(buffer, options)).bytesRead === BLOCK) check(buffer, block);
      } else if (kind < 85) {
        stamp(buffer, block);
        await file.write(buffer, options);
      } else if (kind < 95) {
        stamp(buffer, block);
        await file.write(buffer.subarray(8, 4000), { ...options, position: position + 8 });
      } else if (kind < 98) await file.datasync({ signal: controller.signal });
      else if (kind < 99) await file.appendFile('beyond the blocks');
      else await file.truncate(BLOCKS * BLOCK);
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error;
      done.aborted++;
    } finally {
      if (kind % 2 === 0) pool.release(buffer);
    }
    done.operations++;
  };
  const worker = async (): Promise<void> => {
    while (!over()) await step();
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  await file.close();
  await queue.close();
  pool.close();
  return done;
}
