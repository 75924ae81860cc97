/** How something looks in every plot: a colour and, for who does not see it, a shape. */
export interface Look {
  name: string;
  /** CSS: a variable of the page. */
  colour: string;
  /** As Plot calls it. */
  symbol: string;
  /** The same in a text. */
  glyph: string;
}

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

/** The look of the `index`th of several. */
export function look(name: string, index: number): Look {
  const [symbol, glyph] = SHAPES[index % SHAPES.length]!;
  return { name, colour: `var(--colour-${index % COLOURS})`, symbol, glyph };
}

/** Options of Plot's scales that give every one of `looks` its own. */
export function scales(looks: readonly Look[]) {
  const domain = looks.map(({ name }) => name);
  return {
    color: { type: 'ordinal', domain, range: looks.map(({ colour }) => colour) },
    symbol: { type: 'ordinal', domain, range: looks.map(({ symbol }) => symbol) },
  } as const;
}
