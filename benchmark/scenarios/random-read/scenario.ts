import { ceiling } from '../../baselines/ceiling.js';
import { nodeFs } from '../../baselines/node-fs.js';
import type { Contestant, Scenario } from '../../harness/contestant.js';

function ours(name: string, summary: string, program: string): Contestant {
  return { name, summary, command: () => ({ file: process.execPath, arguments: [program] }) };
}

/**
 * Random reads of 4 KiB.
 *
 * @param program the path of a program below `benchmark/`.
 * @param example the path of the crate's example `ceiling`.
 */
export function randomRead(program: (name: string) => string, example: string): Scenario {
  return {
    name: 'random-read',
    summary: 'random reads of 4 KiB at equal depth, from the same sequence of positions',
    depths: [1, 32, 128],
    block: 4096,
    reference: 'ceiling',
    contestants: [
      ceiling(example),
      // Some devices run one submit of everything in lock-step: how much that costs.
      ceiling(example, 8),
      ours('linux-aio, batches', 'readBatch, a promise for each batch', program('scenarios/random-read/by-batch')),
      ours('linux-aio, promises', 'read, a promise for each operation', program('scenarios/random-read/by-promise')),
      nodeFs(program('baselines/node-fs.child'), { direct: true }),
      nodeFs(program('baselines/node-fs.child'), { direct: false }),
    ],
  };
}
