import type { RunRecord } from '../harness/record.js';
import { CONTESTANTS } from '../scenarios/start-up/start.js';
import { isGrowth } from './panels.js';

/** How a contestant looks in every plot: a colour and, for who does not see it, a shape. */
export interface Look {
  name: string;
  /** CSS: a variable of the page. */
  colour: string;
  /** As Plot calls it. */
  symbol: string;
  /** The same in a text. */
  glyph: string;
}

export type Looks = ReadonlyMap<string, Look>;

/** Those that can be filled. */
const SHAPES = [
  ['circle', '●'],
  ['diamond', '◆'],
  ['triangle', '▲'],
  ['square', '■'],
  ['star', '★'],
  ['cross', '✚'],
  ['wye', 'Y'],
] as const;
/** Of the page's style. */
const COLOURS = 8;

function look(name: string, index: number): Look {
  const [symbol, glyph] = SHAPES[index % SHAPES.length]!;
  return { name, colour: `var(--colour-${index % COLOURS})`, symbol, glyph };
}

/** A look for every contestant of these runs, the same in all their plots. */
export function looksOf(records: readonly RunRecord[]): Looks {
  const cells = records.flatMap((record) => record.cells);
  const references = new Set(cells.filter((cell) => !isGrowth(cell)).map(({ reference }) => reference));
  const names = new Set([
    ...cells.flatMap(({ series }) => series.map(({ contestant, at }) => at?.line ?? contestant)),
    ...records.flatMap(({ delays }) => delays.flatMap(({ rounds }) => Object.keys(rounds))),
    ...records.flatMap(({ transfers }) =>
      transfers.flatMap(({ series }) => series.map(({ contestant }) => contestant)),
    ),
    ...records.flatMap(({ startUp }) => (startUp === undefined ? [] : CONTESTANTS)),
  ]);
  const others = [...names].filter((name) => !references.has(name)).map(look);
  // What the others are measured by is no colour among theirs.
  const ceilings = [...references].map((name) => ({ name, colour: 'var(--ink)', symbol: 'square', glyph: '━' }));
  return new Map([...ceilings, ...others].map((one) => [one.name, one]));
}

/** The looks of these names, in their order. */
export function pick(looks: Looks, names: readonly string[]): Look[] {
  return names.flatMap((name) => looks.get(name) ?? []);
}

/** Options of Plot's scales that give every one of `looks` its own. */
export function scales(looks: readonly Look[]) {
  const domain = looks.map(({ name }) => name);
  return {
    color: { type: 'ordinal', domain, range: looks.map(({ colour }) => colour) },
    symbol: { type: 'ordinal', domain, range: looks.map(({ symbol }) => symbol) },
  } as const;
}
