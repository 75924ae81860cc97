import { createRequire } from 'node:module';

type WebStreams = typeof import('node:stream/web');

const require = createRequire(import.meta.url);

/** Node's classes of web streams. Loaded when the first stream is asked for: that takes 2 ms, and few who start want one. */
export function webStreams(): WebStreams {
  return require('node:stream/web') as WebStreams;
}
