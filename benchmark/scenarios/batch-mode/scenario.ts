import type { BatchMode } from '../../../index.js';
import { ceiling } from '../../baselines/ceiling.js';
import type { Contestant, Scenario } from '../../harness/contestant.js';

const BLOCK = 4096;

/** Whether operations begin one by one where those before them have ended, many in a turn, or each in an event of its own. */
export type Beginnings = 'together' | 'apart';

function mode(batch: BatchMode, summary: string, beginnings: Beginnings, program: string): Contestant {
  const own = beginnings === 'apart' ? ['--apart', 'yes'] : [];
  return {
    name: `linux-aio, ${batch}`,
    summary,
    command: () => ({ file: process.execPath, arguments: [program, '--mode', batch, ...own] }),
  };
}

/** When a turn's operations go down: random reads of 4 KiB with a promise each, in each of the modes. */
export function batchMode(beginnings: Beginnings, program: (name: string) => string, example: string): Scenario {
  const byMode = program('scenarios/batch-mode/by-mode');
  const contestants = [
    mode('microtask', 'at the end of the running code, the default', beginnings, byMode),
    mode('immediate', "after the loop's other callbacks", beginnings, byMode),
    mode('manual', "flushed for every eight operations, and after the loop's other callbacks", beginnings, byMode),
  ];
  return {
    name: `batch-mode-${beginnings}`,
    write: false,
    share: 0.5,
    rare: true,
    depths: {
      smoke: { tmpfs: [], loop: [32], disk: [] },
      usual: { tmpfs: [32], loop: [1, 8, 32, 128], disk: [] },
      full: { tmpfs: [32, 128], loop: [1, 8, 32, 128], disk: [32] },
    },
    wide: () => false,
    block: BLOCK,
    reference: contestants[0]!.name,
    // The ceiling has no events.
    contestants: [...contestants, ...(beginnings === 'together' ? [ceiling(example)] : [])],
  };
}
