// A stand-in for file.blocks() until that is merged.
import type { AlignedBuffer } from '../../src/aligned-buffer.js';
import type { BufferPool, DirectFile } from '../../index.js';

export interface Block {
  readonly buffer: Buffer;
  readonly position: number;
  release(): void;
}

interface Options {
  start: number;
  end: number;
  size: number;
  ahead: number;
  pool: BufferPool;
  signal: AbortSignal;
}

export async function* blocksOf(file: DirectFile, options: Options): AsyncGenerator<Block> {
  const { start, end, size, ahead, pool, signal } = options;
  const unit = Math.max(file.alignment.offset, file.alignment.memory);
  let next = start;
  const begin = async (position: number, length: number): Promise<Block> => {
    const memory: AlignedBuffer = await pool.acquireAsync(size, { signal });
    let released = false;
    const release = () => {
      if (!released) pool.release(memory);
      released = true;
    };
    try {
      const skip = position % unit;
      const bytes = Math.min(size, Math.ceil((skip + length) / unit) * unit);
      const { bytesRead } = await file.read(memory, { offset: 0, length: bytes, position: position - skip, signal });
      const buffer = memory.subarray(skip, Math.min(skip + length, Math.max(skip, bytesRead)));
      return { buffer, position, release };
    } catch (error) {
      release();
      throw error;
    }
  };
  const reads: Promise<Block>[] = [];
  const refill = () => {
    while (reads.length <= ahead && next <= end) {
      const length = Math.min(end - next + 1, size - (next % unit));
      const read = begin(next, length);
      read.catch(() => undefined);
      reads.push(read);
      next += length;
    }
  };
  try {
    while (next <= end || reads.length > 0) {
      if (reads.length === 0) refill();
      const block = await (reads.shift() as Promise<Block>);
      if (block.buffer.byteLength === 0) {
        block.release();
        return;
      }
      if (ahead > 0 && reads.length < ahead) {
        const length = Math.min(end - next + 1, size - (next % unit));
        if (length > 0) {
          const read = begin(next, length);
          read.catch(() => undefined);
          reads.push(read);
          next += length;
        }
      }
      yield block;
    }
  } finally {
    for (const read of reads) {
      void read.then(
        (block) => {
          block.release();
        },
        () => undefined,
      );
    }
  }
}
