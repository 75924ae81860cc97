import Table from 'cli-table3';

/** What a table without lines is drawn with. */
const BARE = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
  ...{ 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
};
const STYLE = { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true };

const trimmed = (table: string): string => table.replace(/ +$/gm, '');

/** Columns of figures under their heads, the first column naming the row. */
export function figuresTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const colAligns = head.map((_, index) => (index === 0 ? ('left' as const) : ('right' as const)));
  const table = new Table({ head: [...head], chars: BARE, style: STYLE, colAligns });
  table.push(...rows.map((row) => [...row]));
  return trimmed(table.toString());
}

/** Columns of words; the last is broken into lines of no more than `width` characters, where it has one. */
export function wordsTable(rows: readonly (readonly string[])[], width?: number): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, index) => (index === columns - 1 ? (width ?? null) : null));
  const table = new Table({ chars: BARE, style: STYLE, colWidths: widths, wordWrap: true });
  table.push(...rows.map((row) => [...row]));
  return trimmed(table.toString());
}
