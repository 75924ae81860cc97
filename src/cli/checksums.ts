/** A line of a list of checksums. */
export interface Checksum {
  digest: string;
  name: string;
  /** Where the line says it. */
  algorithm?: string;
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

const LINE = /^(?<escape>\\?)(?<digest>[0-9a-f]{32,128}) [ *](?<name>[^\n]+)$/i;
/** As `sha256sum --tag` and the programs of BSD write it. */
const TAGGED = /^(?<escape>\\?)(?<algorithm>[A-Z][A-Z0-9-]*) \((?<name>[^\n]+)\) = (?<digest>[0-9a-f]{32,128})$/i;

/** The same as read; undefined for what is no such line. A star before the name, for binary, is as good as a space. */
export function parseChecksumLine(line: string): Checksum | undefined {
  const { escape, digest, name, algorithm } = (LINE.exec(line) ?? TAGGED.exec(line))?.groups ?? {};
  if (digest === undefined || name === undefined) return undefined;
  const plain = escape === '' ? name : unescaped(name);
  if (plain === undefined) return undefined;
  return { digest: digest.toLowerCase(), name: plain, ...(algorithm !== undefined && { algorithm }) };
}

function unescaped(text: string): string | undefined {
  if (/\\(?![\\nr])/.test(text.replaceAll('\\\\', ''))) return undefined;
  return text.replace(/\\(.)/g, (_, character: string) => UNESCAPES[character]!);
}
