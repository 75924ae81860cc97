import { refuseAborted } from '../abort.js';
import { alignDown } from '../alignment.js';
import { BufferPool } from '../buffer-pool.js';
import type { Range } from '../data-ranges.js';
import type { DirectFile } from '../direct-file.js';
import { readFully } from './fully.js';
import { blockBytes, stepOf, type Transfer } from './transfer-options.js';

/** One read, under way or done. */
interface Ahead {
  readonly block: Buffer;
  readonly position: number;
  readonly length: number;
  readonly end: Promise<void>;
}

/**
 * Hands the bytes of a range over in their order, while what follows is being read. A block is read into again when what
 * `take` gives for it is fulfilled.
 */
export async function readAhead(
  file: DirectFile,
  { start, end }: Range,
  transfer: Transfer,
  take: (bytes: Buffer) => Promise<void>,
): Promise<void> {
  const step = stepOf(file);
  let next = alignDown(start, step);
  const size = blockBytes(transfer, step, end - next);
  const count = Math.min(transfer.inFlight, Math.ceil((end - next) / size));
  using pool = BufferPool.create({ limit: Math.max(count, 1) * BufferPool.bytesFor(size), hugePages: true });
  const ahead: Ahead[] = [];
  const begin = (block: Buffer): void => {
    const [position, length] = [next, Math.min(size, end - next)];
    next += length;
    const read = readFully(file, block, position, length);
    // Waited for in its turn, which may not come.
    read.catch(() => undefined);
    ahead.push({ block, position, length, end: read });
  };
  try {
    for (let index = 0; index < count; index++) begin(pool.acquire(size));
    for (let first = ahead[0]; first !== undefined; first = ahead[0]) {
      refuseAborted(transfer.signal);
      await first.end;
      await take(first.block.subarray(Math.max(0, start - first.position), first.length));
      ahead.shift();
      if (next < end) begin(first.block);
      else pool.release(first.block);
    }
  } finally {
    // Those that nobody waits for any more, because of an error.
    await Promise.allSettled(ahead.map(async (each) => each.end));
    for (const { block } of ahead) pool.release(block);
  }
}
