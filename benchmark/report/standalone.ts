import { draw, WIDTH } from '../../src/cli/page/drawing.js';
import type { Figure } from '../../src/cli/page/figure.js';
import { html, Html } from '../../src/cli/page/html.js';
import { COLOURS } from '../../src/cli/page/page.js';

/** User units: of a line of text, and around everything. */
const LINE = 18;
const MARGIN = 8;

/** A figure as a file of its own, with its title and legend above the plot. @param note beside the title. */
export function standalone({ id, title, description, plot, legend }: Figure, note: string): string {
  const drawn = draw(id, title, description, plot).text;
  const [start, height] = /^<svg[^>]*viewBox="0 0 \d+ (\d+)"[^>]*>/.exec(drawn) ?? [];
  if (start === undefined) throw new Error(`no size at the start of a plot: ${drawn.slice(0, 200)}`);
  const content = new Html(drawn.slice(start.length).replace(/<\/svg>$/, ''));
  const above = MARGIN + LINE * (1.5 + legend.length);
  const [width, whole] = [WIDTH + 2 * MARGIN, above + Number(height) + MARGIN];
  const line = (index: number) => MARGIN + LINE * (index + 0.75);
  const entries = legend.map(
    ({ name, colour, glyph }, index) =>
      html`<text x="${MARGIN}" y="${line(index + 1.25)}"
        ><tspan style="fill: ${colour}">${glyph}</tspan> ${name}</text
      >`,
  );
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    viewBox="0 0 ${width} ${whole}"
    width="${width}"
    height="${whole}"
    font-family="system-ui, sans-serif"
    font-size="13"
    role="img"
    aria-labelledby="${id}-title ${id}-desc"
  >
    <style>
      ${new Html(COLOURS)} svg {
        fill: var(--ink);
        color: var(--ink);
      }
      .paper {
        fill: var(--paper);
      }
      .note {
        fill: var(--quiet);
      }
    </style>
    <rect class="paper" width="100%" height="100%" />
    <text x="${MARGIN}" y="${line(0)}" font-weight="600">${title}</text>
    <text class="note" x="${width - MARGIN}" y="${line(0)}" text-anchor="end">${note}</text>
    ${entries}
    <g class="plot" transform="translate(${MARGIN} ${above})" fill="currentColor" text-anchor="middle">${content}</g>
  </svg>`.text.concat('\n');
}
