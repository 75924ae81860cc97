import type { PlotOptions } from '@observablehq/plot';
import { draw } from './drawing.js';
import { type Content, html, type Html } from './html.js';
import type { Look } from './look.js';

/** Figures as text, the first column naming the row. */
export interface Figures {
  head: readonly string[];
  rows: readonly (readonly string[])[];
}

/** A plot, and the same in figures. */
export interface Figure {
  /** Unique in the page. */
  id: string;
  title: string;
  /** How it is to be read. */
  description: string;
  plot: PlotOptions;
  legend: readonly Look[];
  figures: Figures;
}

/** An identifier of what is called so. Distinct names give distinct ones, but for their punctuation. */
export function identifier(...names: readonly (string | number)[]): string {
  return names
    .join(' ')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
}

/** A table that scrolls by itself where it is wider than the page. */
export function tableHtml({ head, rows }: Figures, label: string): Html {
  const row = ([name, ...texts]: readonly string[]): Html =>
    html`<tr>
      <th scope="row">${name}</th>
      ${texts.map((text) => html`<td>${text}</td>`)}
    </tr>`;
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">
    <table>
      <thead>
        <tr>
          ${head.map((text) => html`<th scope="col">${text}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(row)}
      </tbody>
    </table>
  </div>`;
}

function legendHtml(looks: readonly Look[]): Content {
  if (looks.length === 0) return undefined;
  return html`<ul class="legend">
    ${looks.map(
      ({ name, colour, glyph }) =>
        html`<li><span aria-hidden="true" style="color: ${colour}">${glyph}</span> ${name}</li>`,
    )}
  </ul>`;
}

/** @param isSaid whether the description stands above already. */
export function figureHtml({ id, title, description, plot, legend, figures }: Figure, isSaid: boolean): Html {
  return html`<figure id="${id}">
    <h3>${title}</h3>
    ${draw(id, title, description, plot)} ${legendHtml(legend)}
    ${!isSaid && html`<figcaption>${description}</figcaption>`}
    <details>
      <summary>The figures</summary>
      ${tableHtml(figures, `${title}, the figures`)}
    </details>
  </figure>`;
}
