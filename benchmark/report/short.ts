import type { RunRecord } from '../harness/record.js';
import type { Cell, Series } from '../harness/run.js';
import { at, median, medianInterval } from '../harness/statistics.js';
import type { Figures } from './figure.js';
import { intervalText } from './texts.js';

const SCENARIO = 'random-read';
const BATCHES = 'linux-aio, batches';
const PROMISES = 'linux-aio, promises';
/** The same work as its rivals'. */
const NODE_FS = 'node:fs O_DIRECT';

function find({ series }: Cell, isIt: (name: string) => boolean): Series | undefined {
  return series.find(({ contestant }) => isIt(contestant));
}

/** How many times the other's operations a second, round by round; nothing where one of them is missing. */
function times(one: Series | undefined, other: Series | undefined, digits: number): string {
  if (one === undefined || other === undefined) return '-';
  const ratios = one.rounds.map(({ iops }, index) => iops / at(other.rounds, index).iops);
  return intervalText([median(ratios), ...medianInterval(ratios)], digits);
}

/** The few figures that say most: ours beside the ceiling, fio (where it took part) and node:fs. */
export function shortFigures({ cells }: RunRecord): Figures {
  const shown = cells.filter(({ scenario }) => scenario === SCENARIO);
  const fio = (name: string) => /^fio\b/.test(name);
  const isFioThere = shown.some((cell) => find(cell, fio) !== undefined);
  const rows = shown.map((cell) => {
    const reference = find(cell, (name) => name === cell.reference);
    const batches = find(cell, (name) => name === BATCHES);
    const promises = find(cell, (name) => name === PROMISES);
    return [
      cell.target,
      String(cell.depth),
      times(batches, reference, 2),
      times(promises, reference, 2),
      ...(isFioThere ? [times(promises, find(cell, fio), 2)] : []),
      times(
        promises,
        find(cell, (name) => name === NODE_FS),
        1,
      ),
    ];
  });
  const against = ['batches / ceiling', 'promises / ceiling', ...(isFioThere ? ['promises / fio'] : [])];
  return { head: ['target', 'depth', ...against, 'promises / node:fs'], rows };
}
