import type { RunRecord } from '../harness/record.js';
import { keptBars } from './kept-bars.js';
import { keptFigures } from './kept.js';
import { keptPlots } from './kept-plots.js';
import { type Document, laidOut, withMarked } from './marked.js';
import { shortFigures } from './short.js';
import { shortTransfers } from './short-transfers.js';

/** What of the kept runs is in a document, and the name of the markers around it. */
interface Section {
  readonly document: string;
  readonly name: string;
  readonly content: (records: readonly RunRecord[]) => string;
}

const SECTIONS: readonly Section[] = [
  { document: 'README.md', name: 'benchmark', content: (records) => keptFigures('benchmark', records, shortFigures) },
  { document: 'README.md', name: 'transfers', content: (records) => keptFigures('transfers', records, shortTransfers) },
  { document: 'docs/bars.md', name: 'bars', content: keptBars },
];

/** A document with what the kept runs have to say between its markers. */
export async function withKept(name: string, text: string, records: readonly RunRecord[]): Promise<string> {
  const sections = SECTIONS.filter(({ document }) => document === name);
  return laidOut(
    name,
    sections.reduce((before, section) => withMarked(before, section.name, section.content(records)), text),
  );
}

/**
 * All that is made of kept runs.
 *
 * @param read the present text of a document.
 */
export async function documents(
  records: readonly RunRecord[],
  read: (name: string) => Promise<string>,
): Promise<Document[]> {
  const names = [...new Set(SECTIONS.map(({ document }) => document))];
  const texts = names.map(async (name) => ({ name, text: await withKept(name, await read(name), records) }));
  return [...(await Promise.all(texts)), ...keptPlots(records)];
}
