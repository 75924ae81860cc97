import { dot, lineY, ruleY } from '@observablehq/plot';
import { median } from '../bench/statistics.js';
import type { BenchRecord, EngineRecord } from '../bench/record.js';
import type { Figure } from '../page/figure.js';
import { scales } from '../page/look.js';
import { countText } from '../sizes.js';
import { engineLooks } from './series.js';

const HEIGHT = 260;
/** Seconds between two points of a timeline. */
const STEP = 0.1;

const PLOT = { height: HEIGHT, marginLeft: 56, marginBottom: 44 } as const;

function rows(engines: readonly EngineRecord[]): string[][] {
  return engines.map(({ engine, rounds }) => {
    const iops = rounds.map((round) => round.iops);
    return [engine, countText(median(iops)), countText(Math.min(...iops)), countText(Math.max(...iops))];
  });
}

const HEAD = ['', 'op/s, median of the rounds', 'least', 'most'];

/** How steady it was; nothing where it was too short to tell. */
export function timelineFigures({ engines }: BenchRecord): Figure[] {
  const looks = engineLooks(engines);
  const points = engines.flatMap(({ engine, rounds }) =>
    rounds.flatMap(({ timeline }, round) =>
      timeline.map((iops, index) => ({ x: index * STEP, y: iops, engine, line: `${engine} ${round}` })),
    ),
  );
  if (points.length < 2) return [];
  return [
    {
      id: 'timeline',
      title: 'Operations a second, over time',
      description: 'Every tenth of a second of each round, a line a round. More is better, and level is steady.',
      plot: {
        ...scales(looks),
        ...PLOT,
        x: { label: 'seconds' },
        y: { label: 'operations a second', grid: true, zero: true, tickFormat: countText },
        marks: [lineY(points, { x: 'x', y: 'y', z: 'line', stroke: 'engine', strokeWidth: 1.2 })],
      },
      legend: looks,
      figures: { head: HEAD, rows: rows(engines) },
    },
  ];
}

/** Each round of each engine; nothing where there was one. */
export function roundsFigures({ engines }: BenchRecord): Figure[] {
  const looks = engineLooks(engines);
  const points = engines.flatMap(({ engine, rounds }) =>
    rounds.map(({ iops }, round) => ({ x: round + 1, y: iops, engine, title: `${engine}: ${countText(iops)} op/s` })),
  );
  if (points.length <= engines.length) return [];
  return [
    {
      id: 'rounds',
      title: 'Operations a second, by round',
      description: 'Rounds are made in turn, so that what disturbs one disturbs the others. More is better.',
      plot: {
        ...scales(looks),
        ...PLOT,
        x: { label: 'round', tickFormat: (round: number) => (Number.isInteger(round) ? String(round) : '') },
        y: { label: 'operations a second', grid: true, zero: true, tickFormat: countText },
        marks: [
          ruleY([0]),
          lineY(points, { x: 'x', y: 'y', z: 'engine', stroke: 'engine', strokeWidth: 1, strokeOpacity: 0.6 }),
          dot(points, { x: 'x', y: 'y', fill: 'engine', symbol: 'engine', r: 4, title: 'title' }),
        ],
      },
      legend: looks,
      figures: { head: HEAD, rows: rows(engines) },
    },
  ];
}
