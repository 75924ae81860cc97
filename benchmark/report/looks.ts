import type { RunRecord } from '../harness/record.js';
import { CONTESTANTS } from '../scenarios/start-up/start.js';
import { look, type Look } from '../../src/cli/page/look.js';
import { isGrowth } from './panels.js';

export { scales } from '../../src/cli/page/look.js';

export type Looks = ReadonlyMap<string, Look>;

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
