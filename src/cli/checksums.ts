/** A line of a list of checksums. */
export interface Checksum {
  digest: string;
  name: string;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
const UNESCAPES: Record<string, string> = { '\\': '\\', n: '\n', r: '\r' };

/** A name on one line, and whether it had to be changed for that. */
export function escapeName(name: string): { text: string; isEscaped: boolean } {
  const text = name.replace(/[\\\n\r]/g, (character) => ESCAPES[character]!);
  return { text, isEscaped: text !== name };
}

/** As sha256sum writes it: a backslash before it says that the name is escaped. A single dash would be its standard input. */
export function checksumLine({ digest, name }: Checksum): string {
  const { text, isEscaped } = escapeName(name === '-' ? './-' : name);
  return `${isEscaped ? '\\' : ''}${digest}  ${text}`;
}

/** The same as read; undefined for what is no such line. A star before the name, for binary, is as good as a space. */
export function parseChecksumLine(line: string): Checksum | undefined {
  const [, escape, digest, name] = /^(\\?)([0-9a-f]{32,128}) [ *]([^\n]+)$/i.exec(line) ?? [];
  if (digest === undefined || name === undefined) return undefined;
  const plain = escape === '' ? name : unescaped(name);
  return plain === undefined ? undefined : { digest: digest.toLowerCase(), name: plain };
}

function unescaped(text: string): string | undefined {
  if (/\\(?![\\nr])/.test(text.replaceAll('\\\\', ''))) return undefined;
  return text.replace(/\\(.)/g, (_, character: string) => UNESCAPES[character]!);
}
