import { CEILING, ceiling, ceilingOfTwo } from '../../baselines/ceiling.js';
import { fioLibaio, fioLibaioAtOnce, fioPsync } from '../../baselines/fio.js';
import { bufferedNodeFs, nodeFs } from '../../baselines/node-fs.js';
import { ronomon } from '../../baselines/ronomon.js';
import { workerThreads } from '../../baselines/worker-threads.js';
import type { Scenario } from '../../harness/contestant.js';
import { ours } from './ours.js';

const BLOCK = 4096;

/**
 * Random reads, or overwrites in files that are written fully, of 4 KiB.
 *
 * @param program the path of a program below `benchmark/`.
 * @param example the path of the crate's example `ceiling`.
 */
export function random(kind: 'read' | 'write', program: (name: string) => string, example: string): Scenario {
  const write = kind === 'write';
  return {
    name: `random-${kind}`,
    write,
    ...(write && { share: 0.5 }),
    depths: {
      // Of writes only where not all take part, and on tmpfs, where two threads share them: they are the same programs.
      smoke: write ? { tmpfs: [2], loop: [8], disk: [] } : { tmpfs: [4], loop: [32], disk: [1] },
      // What says most: each cell takes minutes.
      usual: { tmpfs: [32], loop: write ? [32] : [1, 32], disk: write ? [32] : [1, 32] },
      full: { tmpfs: [32, 128], loop: [1, 2, 4, 8, 32, 128], disk: [1, 2, 4, 8, 32, 128] },
    },
    // Nobody is a candidate on tmpfs: there it is for what a smoke run sees.
    wide: ({ target, depth }) => target === 'tmpfs' || (target === 'loop' && depth === 32),
    block: BLOCK,
    reference: CEILING,
    contestants: [
      ceiling(example),
      // Some devices run one submit of everything in lock-step: how much that costs.
      ceiling(example, 8),
      ceilingOfTwo(example),
      ...ours(program),
      fioLibaio(program),
      fioLibaioAtOnce(program),
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
