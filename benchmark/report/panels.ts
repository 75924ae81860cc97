import type { Cell } from '../harness/run.js';

/** The cells of one scenario on one target: what one plot shows, depth by depth. */
export interface Panel {
  scenario: string;
  target: string;
  cells: Cell[];
  reference: string;
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
    return { scenario, target, reference, cells: group.sort((a, b) => a.depth - b.depth) };
  });
}

/** Who takes part, each once. */
export function contestantsOf(cells: readonly Cell[]): string[] {
  return [...new Set(cells.flatMap(({ series }) => series.map(({ contestant }) => contestant)))];
}
