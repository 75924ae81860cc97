import { barX, ruleX, ruleY } from '@observablehq/plot';
import { spread } from '../harness/statistics.js';
import { cpuOf, rateOf, type TransferCell, type TransferRound } from '../scenarios/transfer/cell.js';
import {
  TRANSFER_LEGEND,
  transferFigures as tableOf,
  transferFindings,
  transferTitle,
} from '../scenarios/transfer/table.js';
import { type Figure, identifier, tableHtml } from '../../src/cli/page/figure.js';
import { type Content, html } from '../../src/cli/page/html.js';
import { laneNames, lanes, shapes } from './lanes.js';
import { type Looks, pick, scales } from './looks.js';
import { grouped } from './panels.js';
import { shortly } from './texts.js';

/** What of a round is drawn. */
interface Kind {
  label: string;
  description: string;
  value: (round: TransferRound) => number;
}

const KINDS = {
  rate: {
    label: 'millions of bytes a second',
    description: 'Medians over the rounds, with their range. More is better.',
    value: rateOf,
  },
  gigabyte: {
    label: 'seconds of CPU time',
    description:
      'User and system time of the process, with all its threads, for a billion bytes: medians over the rounds, with ' +
      'their range. Less is better.',
    value: cpuOf,
  },
} as const satisfies Record<string, Kind>;

/** The tables, each with what it shows. */
export function transferTables(cells: readonly TransferCell[]): Content {
  return html`${cells.map((cell) => {
      const title = transferTitle(cell);
      const { head, rows } = tableOf(cell);
      return html`<h3>${title}</h3>
        <p class="quiet">${cell.where}.</p>
        ${tableHtml({ head: head.map((text) => text.replace('\n', ' ')), rows }, title)}
        <ul class="notes">
          ${transferFindings(cell).map((line) => html`<li>${line}</li>`)}
        </ul>`;
    })}
    <p class="quiet">${TRANSFER_LEGEND}</p>`;
}

function figureOf(name: string, kind: Kind, cells: readonly TransferCell[], looks: Looks): Figure {
  const points = cells.flatMap(({ place, series }) =>
    series
      .filter(({ rounds }) => rounds.length > 0)
      .map(({ contestant, rounds }) => {
        const its = spread(rounds.map(kind.value));
        const text = `${shortly(its.median)} (${shortly(its.min)}-${shortly(its.max)})`;
        return { place, contestant, ...its, text, title: `${contestant}, ${place}: ${text}` };
      }),
  );
  const { scenario } = cells[0]!;
  const places = cells.map(({ place }) => place);
  const names = [...new Set(points.map(({ contestant }) => contestant))];
  const shown = pick(looks, names);
  const options = lanes(places, names);
  const range = { fy: 'place', y: 'contestant', x1: 'min', x2: 'max', stroke: 'var(--ink)', strokeWidth: 1.5 };
  return {
    id: identifier(name, scenario),
    title: scenario,
    description: kind.description,
    plot: {
      ...scales(shown),
      ...options,
      y: { type: 'band', domain: names, axis: null, padding: 0.3 },
      x: { label: kind.label, zero: true, grid: true, ticks: 5 },
      marks: [
        barX(points, { fy: 'place', y: 'contestant', x: 'median', fill: 'contestant', title: 'title' }),
        ruleY(points, range),
        // For who does not see the colours.
        shapes(points, 'place', 'median'),
        ruleX([0], { stroke: 'var(--ink)' }),
        laneNames(places),
      ],
    },
    legend: shown,
    figures: {
      head: ['contestant', ...places],
      rows: names.map((contestant) => [
        contestant,
        ...places.map(
          (place) => points.find((one) => one.contestant === contestant && one.place === place)?.text ?? '-',
        ),
      ]),
    },
  };
}

/** A bar for everybody in every place: one plot a scenario. */
export function transferFigures(cells: readonly TransferCell[], name: keyof typeof KINDS, looks: Looks): Figure[] {
  return grouped(cells, ({ scenario }) => scenario).map((group) => figureOf(name, KINDS[name], group, looks));
}
