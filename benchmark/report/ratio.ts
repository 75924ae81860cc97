import { ruleX, ruleY } from '@observablehq/plot';
import { placed } from './beside.js';
import { type Figure, identifier } from '../../src/cli/page/figure.js';
import { laneNames, lanes, shapes } from './lanes.js';
import { type Looks, pick, scales } from './looks.js';
import { contestantsOf, type Panel } from './panels.js';

/** Everybody's operations a second beside the reference's of the same round, with the interval. */
export function ratioFigure(panel: Panel, looks: Looks): Figure {
  const names = contestantsOf(panel.cells).filter((name) => name !== panel.reference);
  const points = panel.cells.flatMap((cell) =>
    placed(cell).map((one) => ({ ...one, depth: `depth ${cell.depth}`, title: `${one.contestant}: ${one.text}` })),
  );
  const depths = panel.cells.map(({ depth }) => `depth ${depth}`);
  const shown = pick(looks, names);
  return {
    id: identifier('ratio', panel.scenario, panel.target),
    title: `${panel.scenario}, ${panel.target}`,
    description:
      `Operations a second relative to ${panel.reference}'s in the same round: medians, with their 95 % bootstrap ` +
      'interval. At 1, the line, both are as fast.',
    plot: {
      ...scales(shown),
      ...lanes(depths, names),
      x: { label: `of ${panel.reference}`, zero: true, grid: true, ticks: 6 },
      marks: [
        laneNames(depths),
        ruleX([1], { stroke: 'var(--ink)', strokeWidth: 2 }),
        ruleY(points, { fy: 'depth', y: 'contestant', x1: 'low', x2: 'high', stroke: 'contestant', strokeWidth: 2 }),
        shapes(points, 'depth', 'ratio'),
      ],
    },
    legend: shown,
    figures: {
      head: ['contestant', ...depths],
      rows: names.map((name) => [
        name,
        ...depths.map((depth) => points.find((one) => one.contestant === name && one.depth === depth)?.text ?? '-'),
      ]),
    },
  };
}
