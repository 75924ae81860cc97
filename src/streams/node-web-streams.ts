import { createRequire } from 'node:module';

type WebStreams = typeof import('node:stream/web');

let loaded: WebStreams | undefined;

/** Node's classes of web streams. Loaded when the first stream is asked for: that takes 2 ms, and few who start want one. */
export function webStreams(): WebStreams {
  // From anywhere, for it is Node's own: bundlers that write CommonJS have no import.meta.url.
  loaded ??= createRequire(process.execPath)('node:stream/web') as WebStreams;
  return loaded;
}
