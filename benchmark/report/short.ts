import type { RunRecord } from '../harness/record.js';
import type { Cell, Series } from '../harness/run.js';
import { median } from '../harness/statistics.js';
import { noisyOf } from '../harness/sweeps.js';
import { BEST_NODE_FS, find } from '../harness/bars.js';
import { BATCHES, PROMISES } from '../scenarios/random/ours.js';
import { beside } from './beside.js';
import type { Figures } from '../../src/cli/page/figure.js';
import { intervalText } from './texts.js';

const SCENARIO = 'random-read';

/** The fastest of those whose name passes: a rival may take part in several set-ups. */
function fastest({ series }: Cell, passes: (name: string) => boolean): Series | undefined {
  const speed = ({ rounds }: Series) => median(rounds.map(({ iops }) => iops));
  const [first] = series.filter(({ contestant }) => passes(contestant)).sort((a, b) => speed(b) - speed(a));
  return first;
}

const isFio = (name: string) => /^fio\b/.test(name);

/** Nothing where one of them took no part. */
function times(one: Series | undefined, other: Series | undefined, digits = 2): string {
  return one === undefined || other === undefined ? '-' : intervalText(beside(one, other), digits);
}

/** The few figures that say most: ours beside the ceiling, fio (where it took part) and node:fs. */
export function shortFigures({ cells }: RunRecord): Figures {
  const shown = cells.filter(({ scenario }) => scenario === SCENARIO);
  const isFioThere = shown.some((cell) => fastest(cell, isFio) !== undefined);
  const rows = shown.map((cell) => {
    const reference = find(cell, cell.reference);
    const promises = find(cell, PROMISES);
    const nodeFs = find(cell, BEST_NODE_FS);
    return [
      `${cell.target}, ${cell.depth}`,
      times(find(cell, BATCHES), reference),
      times(promises, reference),
      ...(isFioThere ? [times(promises, fastest(cell, isFio))] : []),
      times(promises, nodeFs, 1),
      nodeFs?.contestant.replace(/^node:fs /, '') ?? '-',
      cell.stealPercent.length === 0 ? '-' : `${noisyOf(cell.stealPercent)} of ${cell.stealPercent.length}`,
    ];
  });
  const against = ['batches / ceiling', 'promises / ceiling', ...(isFioThere ? ['promises / fio'] : [])];
  return { head: ['target, depth', ...against, 'promises / node:fs', 'by', 'noisy rounds'], rows };
}
