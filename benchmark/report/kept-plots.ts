import type { RunRecord } from '../harness/record.js';
import type { Cell } from '../harness/run.js';
import type { DelayCell } from '../scenarios/loop-delay/measure.js';
import type { Figure } from '../../src/cli/page/figure.js';
import { standalone } from '../../src/cli/page/standalone.js';
import { eventFigures } from './delay.js';
import type { Document } from './documents.js';
import { inTime } from './history.js';
import { looksOf } from './looks.js';
import { CPU, IOPS } from './measures.js';
import { overDepth } from './over-depth.js';
import { growthPanel, isGrowth, panelsOf } from './panels.js';

/** With fewer depths than this a run has no line to show. */
const DEPTHS = 3;

/** What is plotted of a run for the documents. */
function figuresOf(record: RunRecord): Figure[] {
  const looks = looksOf([record]);
  const isPlain = (cell: Cell) => !isGrowth(cell);
  const panels = panelsOf(record.cells.filter(isPlain)).filter(({ cells }) => cells.length >= DEPTHS);
  const growing = record.cells.filter(isGrowth).map(growthPanel);
  // Every round of such a run tells of events.
  const delays = record.delays.filter(({ rounds }: DelayCell) =>
    Object.values(rounds).every((its) => its.every(({ eventP99 }) => Number.isFinite(eventP99))),
  );
  return [
    ...panels.map((panel) => overDepth(panel, 'iops', IOPS, looks)),
    ...[...panels, ...growing].map((panel) => overDepth(panel, 'cpu', CPU, looks)),
    ...eventFigures(delays, looks),
  ];
}

/** The plots of the documents, each of the newest run that has it. */
export function keptPlots(records: readonly RunRecord[]): Document[] {
  const drawn = inTime(records).flatMap((record) =>
    figuresOf(record).map((figure): [string, Document] => [
      figure.id,
      { name: `docs/plots/${figure.id}.svg`, text: standalone(figure, record.machine.date.slice(0, 10)) },
    ]),
  );
  return [...new Map(drawn).values()];
}
