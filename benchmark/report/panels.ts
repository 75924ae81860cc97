import { CEILING } from '../baselines/ceiling.js';
import type { Cell } from '../harness/run.js';

/** The cells of one scenario on one target: what one plot shows, depth by depth, or by what else grows. */
export interface Panel {
  scenario: string;
  target: string;
  cells: Cell[];
  reference: string;
  /** What grows. */
  axis: string;
}

/** `items` by their key, in the order in which the keys come. */
export function grouped<Item>(items: readonly Item[], key: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

export function panelsOf(cells: readonly Cell[]): Panel[] {
  return grouped(cells, ({ scenario, target }) => JSON.stringify([scenario, target])).map((group) => {
    const { scenario, target, reference } = group[0]!;
    return { scenario, target, reference, axis: 'depth', cells: group.sort((a, b) => a.depth - b.depth) };
  });
}

/** Whether a cell's contestants differ in one number only. */
export function isGrowth({ series }: Cell): boolean {
  return series.some(({ at }) => at !== undefined);
}

/** The same for such a cell: a cell for each number, as if that were a depth, and the lines as contestants. */
export function growthPanel(cell: Cell): Panel {
  const stands = cell.series.flatMap((series) => (series.at === undefined ? [] : { ...series.at, series }));
  const values = [...new Set(stands.map(({ value }) => value))].sort((a, b) => a - b);
  const { scenario, target } = cell;
  return {
    scenario,
    target,
    reference: CEILING,
    axis: stands[0]?.axis ?? 'depth',
    cells: values.map((depth) => ({
      ...cell,
      depth,
      series: stands
        .filter(({ value }) => value === depth)
        .map(({ line, series }) => ({ ...series, contestant: line })),
    })),
  };
}

/** Who takes part, each once. */
export function contestantsOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.flatMap(({ series }) => series.map(({ contestant }) => contestant)))];
}
