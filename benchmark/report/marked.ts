import { format, resolveConfig } from 'prettier';

/** A file of the project, and what is to be in it. */
export interface Document {
  readonly name: string;
  readonly text: string;
}

/** `text` with `content` between the markers of that name. */
export function withMarked(text: string, name: string, content: string): string {
  const [from, to] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`no ${from} with ${to} after it`);
  return `${text.slice(0, start)}${from}\n\n${content}\n\n${text.slice(end)}`;
}

/** A table of a document; a column of nothing but numbers is on the right. */
export function tableMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const isText = (column: number) => rows.some((row) => !/^[-\d]/.test(row[column] ?? ''));
  return [line(head), line(head.map((_, column) => (isText(column) ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** The document at `path`, laid out as prettier does it. */
export async function laidOut(path: string, text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(path)), filepath: path });
}
