import type { RunRecord } from '../harness/record.js';
import type { Cell } from '../harness/run.js';
import type { Figure } from '../../src/cli/page/figure.js';
import { eventFigures, tellsOfEvents } from './delay.js';
import { looksOf } from './looks.js';
import type { Document } from './marked.js';
import { CPU, IOPS } from './measures.js';
import { overDepth } from './over-depth.js';
import { growthPanel, isGrowth, panelsOf } from './panels.js';
import { standalone } from './standalone.js';
import { byWorth } from './worth.js';

/** With fewer depths than this a run has no line to show. */
const DEPTHS = 3;

/** What is plotted of a run for the documents. */
function figuresOf(record: RunRecord): Figure[] {
  const looks = looksOf([record]);
  const isPlain = (cell: Cell) => !isGrowth(cell);
  const panels = panelsOf(record.cells.filter(isPlain)).filter(({ cells }) => cells.length >= DEPTHS);
  const growing = record.cells.filter(isGrowth).map(growthPanel);
  return [
    ...panels.map((panel) => overDepth(panel, 'iops', IOPS, looks)),
    ...[...panels, ...growing].map((panel) => overDepth(panel, 'cpu', CPU, looks)),
    ...eventFigures(record.delays.filter(tellsOfEvents), looks),
  ];
}

/** The plots of the documents, each of the worthiest run that has it. */
export function keptPlots(records: readonly RunRecord[]): Document[] {
  const newest = new Map(
    byWorth(records).flatMap((record) =>
      figuresOf(record).map((figure) => [figure.id, { figure, date: record.machine.date.slice(0, 10) }] as const),
    ),
  );
  return [...newest].map(([id, { figure, date }]) => ({
    name: `docs/plots/${id}.svg`,
    text: standalone(figure, date),
  }));
}
