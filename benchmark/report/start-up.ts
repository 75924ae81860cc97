import { ruleX, ruleY } from '@observablehq/plot';
import { spread } from '../harness/statistics.js';
import { CONTESTANTS, type StartUp } from '../scenarios/start-up/start.js';
import { START_BAR, startsOf } from '../scenarios/start-up/table.js';
import type { Figure } from '../../src/cli/page/figure.js';
import { laneNames, lanes, shapes } from './lanes.js';
import { logarithmic } from '../../src/cli/page/logarithmic.js';
import { type Looks, pick, scales } from './looks.js';
import { shortly } from './texts.js';

const STEPS = [
  ['import', 'import'],
  ['open', 'open'],
  ['read', 'first read'],
  ['sum', 'all three'],
] as const;

/** How long a program takes until it has read its first block; nothing where that was not asked for. */
export function startUpFigures(startUp: StartUp | undefined, looks: Looks): Figure[] {
  if (startUp === undefined) return [];
  const points = STEPS.flatMap(([key, step]) =>
    CONTESTANTS.map((contestant) => {
      const its = spread(startsOf(startUp, contestant).map((start) => start[key]));
      const text = `${shortly(its.median)} (${shortly(its.min)}-${shortly(its.max)})`;
      return { step, contestant, ...its, text, title: `${contestant}, ${step}: ${text} ms` };
    }),
  );
  const steps = STEPS.map(([, step]) => step);
  const shown = pick(looks, CONTESTANTS);
  const figure: Figure = {
    id: 'start-up',
    title: 'start-up',
    description:
      'Milliseconds of a new process from its import of the package to the end of its first read: medians over all starts, ' +
      `with their range. Less is better; the line is what is to be kept to, ${START_BAR} ms. The scale is logarithmic.`,
    plot: {
      ...scales(shown),
      ...lanes(steps, CONTESTANTS),
      x: logarithmic(
        'milliseconds',
        points.flatMap(({ min, max }) => [min, max]),
      ),
      marks: [
        laneNames(steps),
        ruleX([START_BAR], { stroke: 'var(--ink)', strokeWidth: 2 }),
        ruleY(points, { fy: 'step', y: 'contestant', x1: 'min', x2: 'max', stroke: 'contestant', strokeWidth: 1.5 }),
        shapes(points, 'step', 'median'),
      ],
    },
    legend: shown,
    figures: {
      head: ['contestant', ...steps.map((step) => `${step} ms`)],
      rows: CONTESTANTS.map((name) => [
        name,
        ...points.filter(({ contestant }) => contestant === name).map(({ text }) => text),
      ]),
    },
  };
  return [figure];
}
