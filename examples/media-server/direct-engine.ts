import { constants } from 'node:fs';
import { BufferPool, type BufferPoolStats, type DirectFile, open } from '../../index.js';
import type { Engine, ServedFile } from './engine.js';
import type { Outlet } from './outlet.js';
import type { Settings } from './settings.js';
import { Shortened } from './shortened.js';

/** Beside the block that the client is taking: no connection holds more than both. */
const AHEAD = 1;
/** Share of the memory in the hands of clients from which on there is little for others. */
const PRESSED = 3 / 4;

/** Past the page cache, from blocks of one pool: every connection in want of one queues up for it, one after the other. */
export class DirectEngine implements Engine {
  readonly #blockBytes: number;
  readonly #pool: BufferPool;

  constructor({ memoryBytes, blockBytes }: Pick<Settings, 'memoryBytes' | 'blockBytes'>) {
    this.#blockBytes = blockBytes;
    this.#pool = BufferPool.create({ limit: memoryBytes });
  }

  async open(path: string): Promise<ServedFile> {
    const file = await open(path, { flags: constants.O_RDONLY | constants.O_NOFOLLOW });
    return {
      fd: file.fd,
      stat: () => file.stat({ bigint: true }),
      send: (outlet, start, end) => this.#send(file, outlet, start, end),
      close: () => file.close(),
    };
  }

  memory(): BufferPoolStats {
    return this.#pool.stats();
  }

  /** What is read ahead goes back where others wait for memory; what clients are taking does not. */
  isPressed(taken: number): boolean {
    return taken * this.#blockBytes > PRESSED * this.#pool.stats().limit;
  }

  close(): void {
    this.#pool.close();
  }

  async #send(file: DirectFile, outlet: Outlet, start: number, end: number): Promise<void> {
    const { signal } = outlet;
    const options = { start, end, size: this.#blockBytes, ahead: AHEAD, pool: this.#pool, signal };
    let position = start;
    for await (using block of file.blocks(options)) {
      position += block.buffer.byteLength;
      await outlet.write(block.buffer);
    }
    if (position <= end && !signal.aborted) throw new Shortened(file.path);
  }
}
