import type { Contestant } from '../harness/contestant.js';

/**
 * `node:fs`: FileHandle.read, as many at a time as the depth.
 *
 * @param program its path.
 * @param direct with O_DIRECT and page-aligned memory, as its rivals work; otherwise through the
 *   page cache, which is emptied of the file before each round and fills up during it.
 * @param threads UV_THREADPOOL_SIZE.
 */
export function nodeFs(program: string, { direct, threads = 4 }: { direct: boolean; threads?: number }): Contestant {
  const how = direct ? 'O_DIRECT and aligned memory' : 'buffered, cold before each round';
  return {
    name: `node:fs${direct ? ' O_DIRECT' : ''}${threads === 4 ? '' : `, ${threads} threads`}`,
    summary: `FileHandle.read, ${how}, ${threads} threads`,
    command: () => ({
      file: process.execPath,
      arguments: [program, '--direct', String(direct)],
      environment: { UV_THREADPOOL_SIZE: String(threads) },
    }),
  };
}
