/** Text that is HTML already. Made by {@link html}, which escapes everything else. */
export class Html {
  constructor(readonly text: string) {}
}

export type Content = Html | string | number | false | undefined | readonly Content[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);

function textOf(content: Content): string {
  if (content === undefined || content === false) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'string' || typeof content === 'number') return escaped(String(content));
  return content.map(textOf).join('');
}

/** A template of HTML: what is put in is escaped, in quoted attributes too, unless it is {@link Html}. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(String.raw({ raw: strings }, ...contents.map(textOf)));
}
