import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Whether a stream is a terminal that shows colours, and the user has not asked for none (https://no-color.org). */
export function hasColours(stream: NodeJS.WriteStream): boolean {
  const none = process.env.NO_COLOR;
  return stream.isTTY && (none === undefined || none === '') && stream.hasColors();
}

/** Colours texts for one stream, or leaves them as they are. */
export function painter(stream: NodeJS.WriteStream): (style: Style, text: string) => string {
  // What decides is the stream, not what Node thinks of standard output.
  return hasColours(stream) ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
