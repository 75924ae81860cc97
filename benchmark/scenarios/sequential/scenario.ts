import { CEILING, ceiling } from '../../baselines/ceiling.js';
import { fioLibaio, fioPsync } from '../../baselines/fio.js';
import { bufferedNodeFs, nodeFs } from '../../baselines/node-fs.js';
import { ronomon } from '../../baselines/ronomon.js';
import { workerThreads } from '../../baselines/worker-threads.js';
import type { Contestant, Scenario } from '../../harness/contestant.js';
import { HUGE_PAGES, PROMISES } from '../random/ours.js';

/** Bytes of one operation, and how many are in flight where little is measured. */
export const LARGE = [128 * 1024, 1024 * 1024] as const;
const DEPTH = 8;

function ours(name: string, summary: string, program: string, own: string[]): Contestant {
  return { name, summary, command: () => ({ file: process.execPath, arguments: [program, ...own] }) };
}

/**
 * One large block after the other.
 *
 * @param program the path of a program below `benchmark/`.
 * @param example the path of the crate's example `ceiling`.
 */
export function sequential(
  kind: 'read' | 'write',
  block: (typeof LARGE)[number],
  program: (name: string) => string,
  example: string,
): Scenario {
  const write = kind === 'write';
  const isLargest = block === Math.max(...LARGE);
  const byPromise = program('scenarios/random/by-promise');
  return {
    name: `sequential-${kind}-${block / 1024}k`,
    write,
    sequential: true,
    ...((write || !isLargest) && { rare: true }),
    depths: {
      smoke: { tmpfs: [], loop: isLargest ? [DEPTH] : [], disk: [] },
      usual: { tmpfs: [], loop: [DEPTH], disk: [] },
      full: { tmpfs: [], loop: [1, DEPTH, 32], disk: [1, DEPTH] },
    },
    wide: () => false,
    block,
    reference: CEILING,
    contestants: [
      ceiling(example),
      ours(PROMISES, 'read and write, a promise for each operation', byPromise, []),
      ours(HUGE_PAGES, 'the same on memory of a BufferPool with huge pages', byPromise, ['--huge-pages', 'yes']),
      fioLibaio(program),
      fioPsync(program),
      nodeFs(program, 'promises', 4),
      nodeFs(program, 'promises', 16),
      nodeFs(program, 'promises', 'depth'),
      nodeFs(program, 'callbacks', 4),
      nodeFs(program, 'callbacks', 16),
      nodeFs(program, 'callbacks', 'depth'),
      workerThreads(program),
      ronomon(program),
      ...(write ? [] : [bufferedNodeFs(program)]),
    ],
  };
}
