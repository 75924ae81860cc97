import { plot, type PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { html, Html } from './html.js';

/** What is used of the DOM, whose types the compiler does not know here: the library is for Node. */
interface Element {
  outerHTML: string;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
}

const PAGE = parseHTML('<!doctype html><html><body></body></html>') as unknown as { document: Element };

/** User units of the drawings. Narrow, so that a phone shows their text hardly smaller than its own. */
export const WIDTH = 390;

/** An SVG that fits the width of where it is put, takes its colours from there, and says what it is. */
export function draw(id: string, title: string, description: string, options: PlotOptions): Html {
  const drawn: unknown = plot({
    document: PAGE.document,
    width: WIDTH,
    className: 'plot',
    ...options,
    style: { fontSize: '13px', fontFamily: 'inherit' },
  });
  const svg = drawn as Element;
  svg.removeAttribute('width');
  svg.removeAttribute('height');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-labelledby', `${id}-title ${id}-desc`);
  const named = html`<title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>`;
  // As a text: linkedom takes every <title> that it parses for a page's, whose content it does not escape.
  return new Html(svg.outerHTML.replace(/^<svg[^>]*>/, (start) => start + named.text));
}
