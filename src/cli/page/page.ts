import { readFileSync } from 'node:fs';
import { type Figure, figureHtml } from './figure.js';
import { type Content, html, Html } from './html.js';

/** A part of the page, with its place in the list of contents. */
export interface Section {
  id: string;
  title: string;
  content: Content;
}

const styleOf = (name: string): string => readFileSync(new URL(`./${name}`, import.meta.url), 'utf8');

/** Variables of CSS, by day and by night. */
export const COLOURS = styleOf('colours.css');
const STYLE = new Html(COLOURS + styleOf('report.css'));

/** Plots side by side, as many as the page has room for, with what is said of all of them above; no section where there is none. */
export function figuresSection(id: string, title: string, figures: readonly Figure[]): Section[] {
  const [first] = figures;
  if (first === undefined) return [];
  const isCommon = figures.every(({ description }) => description === first.description);
  const content = html`${isCommon && html`<p class="quiet">${first.description}</p>`}
    <div class="figures">${figures.map((figure) => figureHtml(figure, isCommon))}</div>`;
  return [{ id, title, content }];
}

/** One file that asks the network for nothing: its content security policy says so to the browser. */
export function page(title: string, lead: Content, sections: readonly Section[]): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${title}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${lead}
          <nav aria-label="Contents">
            <ul>
              ${sections.map((section) => html`<li><a href="#${section.id}">${section.title}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main>
          ${sections.map(
            ({ id, title: heading, content }) =>
              html`<section aria-labelledby="${id}">
                <h2 id="${id}">${heading}</h2>
                ${content}
              </section>`,
          )}
        </main>
      </body>
    </html>`.text.concat('\n');
}
