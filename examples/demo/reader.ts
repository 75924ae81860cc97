import { constants } from 'node:fs';
import { open as openByNode } from 'node:fs/promises';
import { allocate, open, SubmissionQueue } from '../../index.js';

/** Bytes of one random read. */
export const READ = 4096;

/** A way to read that is compared with others. */
export interface Reader {
  name: string;
  /**
   * Gives a function that reads {@link READ} bytes at a position, or fewer at the end of the file, into
   * memory of its own: for one read at a time.
   */
  lane(): (position: number) => Promise<unknown>;
  close(): Promise<void>;
}

async function linuxAio(path: string, depth: number): Promise<Reader> {
  const queue = await SubmissionQueue.create({ depth });
  const file = await open(path, { queue, direct: 'require' });
  return {
    name: 'linux-aio',
    lane() {
      const memory = file.allocate(READ);
      return (position) => file.read(memory, 0, READ, position);
    },
    async close() {
      await file.close();
      await queue.close();
    },
  };
}

async function nodeFs(path: string, direct: boolean): Promise<Reader> {
  const file = await openByNode(path, constants.O_RDONLY | (direct ? constants.O_DIRECT : 0));
  return {
    name: direct ? 'node:fs, O_DIRECT' : 'node:fs',
    lane() {
      const memory = direct ? allocate(READ) : Buffer.allocUnsafeSlow(READ);
      return (position) => file.read(memory, 0, READ, position);
    },
    close: () => file.close(),
  };
}

/** Opens `path` in every way, each fit for `depth` reads at a time: linux-aio first. */
export async function openReaders(path: string, depth: number): Promise<Reader[]> {
  return [await linuxAio(path, depth), await nodeFs(path, true), await nodeFs(path, false)];
}
