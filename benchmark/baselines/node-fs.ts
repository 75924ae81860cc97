import type { Contestant, Place } from '../harness/contestant.js';

/** How the threads of libuv are asked: by FileHandle's promises or by callbacks of `node:fs`. */
export type Form = 'promises' | 'callbacks';

/** UV_THREADPOOL_SIZE: a number, or as many as the depth. */
export type Threads = number | 'depth';

/** libuv's default. */
export const DEFAULT_THREADS = 4;
/** More threads than this only take turns on the processors. */
const MOST_THREADS = 128;

function nameOf(form: Form, threads: Threads): string {
  return `node:fs ${form}, ${threads === 'depth' ? 'threads = depth' : `${threads} threads`}`;
}

/** `node:fs` as it is by default, but for O_DIRECT and the memory that it needs. */
export const NODE_FS_PROMISES = nameOf('promises', DEFAULT_THREADS);

/** Threads that would idle, or that a neighbour in the table has too, are no set-up of their own. */
function appliesTo(threads: Threads, depth: number): boolean {
  if (threads === 'depth') return depth > DEFAULT_THREADS && depth !== 16 && depth <= MOST_THREADS;
  return threads === DEFAULT_THREADS || threads <= depth;
}

/**
 * `node:fs` with O_DIRECT and page-aligned memory, the same work as its rivals, as many at a time as the depth.
 *
 * @param program the path of a program below `benchmark/`.
 */
export function nodeFs(program: (name: string) => string, form: Form, threads: Threads): Contestant {
  const name = nameOf(form, threads);
  return {
    name,
    summary: `${form === 'promises' ? 'FileHandle' : 'fs.read and fs.write'}, O_DIRECT and aligned memory`,
    part: name === NODE_FS_PROMISES ? 'always' : 'candidate',
    isNodeFs: true,
    // Software alone is tmpfs's question; threads are not the answer to it.
    applies: ({ target, depth }: Place) => target !== 'tmpfs' && appliesTo(threads, depth),
    command: ({ depth }) => ({
      file: process.execPath,
      arguments: [program(`baselines/node-fs-${form}.child`)],
      environment: { UV_THREADPOOL_SIZE: String(threads === 'depth' ? depth : threads) },
    }),
  };
}

/**
 * `node:fs` as everybody uses it, through the page cache, which is emptied of the file before each round and fills up
 * during it. Not for writes: those would end in memory.
 */
export function bufferedNodeFs(program: (name: string) => string): Contestant {
  return {
    name: 'node:fs promises, buffered',
    summary: `FileHandle.read through the page cache, cold before each round, ${DEFAULT_THREADS} threads`,
    part: 'extra',
    applies: ({ target }) => target !== 'tmpfs',
    command: () => ({
      file: process.execPath,
      arguments: [program('baselines/node-fs-promises.child'), '--memory', 'any'],
      environment: { UV_THREADPOOL_SIZE: String(DEFAULT_THREADS) },
    }),
  };
}
