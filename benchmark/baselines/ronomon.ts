import { createRequire } from 'node:module';
import type { Contestant } from '../harness/contestant.js';
import type { Skipped } from '../harness/target.js';
import { DEFAULT_THREADS } from './node-fs.js';

const NAME = 'node:fs promises, @ronomon/direct-io';

interface DirectIo {
  getAlignedBuffer(size: number, alignment: number): Buffer;
}

/** Without types of its own, and compiled when it is installed, which may not have worked. */
function load(): DirectIo {
  return createRequire(import.meta.url)('@ronomon/direct-io') as DirectIo;
}

/** A block of the package's memory. */
export function ronomonBlock(size: number): Buffer {
  return load().getAlignedBuffer(size, size);
}

/** Why the package cannot be used here; nothing where it can. */
export function whyNoRonomon(): Skipped[] {
  try {
    load();
    return [];
  } catch (error) {
    return [{ name: NAME, reason: `@ronomon/direct-io was not built: ${(error as Error).message}` }];
  }
}

/** What there is on npm for direct I/O: aligned memory, for the threads of `node:fs`. */
export function ronomon(program: (name: string) => string): Contestant {
  return {
    name: NAME,
    summary: 'FileHandle, O_DIRECT, memory of @ronomon/direct-io',
    part: 'extra',
    isNodeFs: true,
    applies: ({ target }) => target !== 'tmpfs',
    command: () => ({
      file: process.execPath,
      arguments: [program('baselines/node-fs-promises.child'), '--memory', 'ronomon'],
      environment: { UV_THREADPOOL_SIZE: String(DEFAULT_THREADS) },
    }),
  };
}
