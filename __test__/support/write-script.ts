import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import fc from 'fast-check';

/** What is done with a stream, one after the other. */
export type Step =
  | { kind: 'write'; data: Uint8Array | string; encoding: BufferEncoding; awaited: 'nothing' | 'callback' | 'drain' }
  | { kind: 'cork' }
  | { kind: 'uncork' }
  | { kind: 'turn'; count: number };

/** How it ends. */
export type Ending = 'end' | 'end with a chunk' | 'close' | 'destroy' | 'destroy with an error' | 'abort';

export interface Script {
  before: Uint8Array;
  flags: 'w' | 'r+' | 'a' | 'w+' | 'a+' | 'wx';
  start: number | undefined;
  highWaterMark: number | undefined;
  encoding: BufferEncoding | undefined;
  steps: Step[];
  ending: Ending;
}

/** A stream as both sides have it. */
export type Subject = Writable & { bytesWritten: number; pending: boolean };

/** What was seen of a stream. */
export interface Seen {
  /** `error` with its code. */
  events: string[];
  /** Of every write in turn, when its callback has been called: its error's code, or that it had none. */
  callbacks: (string | undefined)[];
  /** Bytes of the chunks that were written, in the encoding they had. */
  chunks: Buffer[];
  bytesWritten: number;
}

const data = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 40 }).map((blocks) => blocks * 4096) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
);

const write: fc.Arbitrary<Step> = fc
  .record({
    size: data,
    byte: fc.integer({ min: 1, max: 250 }),
    text: fc.boolean(),
    encoding: fc.constantFrom<BufferEncoding[]>('utf8', 'latin1', 'utf16le', 'hex', 'base64'),
    awaited: fc.constantFrom<('nothing' | 'callback' | 'drain')[]>('nothing', 'nothing', 'callback', 'drain'),
  })
  .map(({ size, byte, text, encoding, awaited }) => {
    const bytes = Buffer.from(Uint8Array.from({ length: size }, (_, at) => (byte * (at + 7)) % 251));
    if (!text) return { kind: 'write', data: bytes, encoding, awaited };
    const short = bytes.subarray(0, Math.min(size, 9000));
    const string = encoding === 'utf8' || encoding === 'utf16le' ? short.toString('latin1') : short.toString(encoding);
    return { kind: 'write', data: string, encoding, awaited };
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: write },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'cork' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'uncork' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((count): Step => ({ kind: 'turn', count })) },
);

/** A script that tells itself in few words. */
class Told implements Script {
  declare before: Uint8Array;
  declare flags: Script['flags'];
  declare start: number | undefined;
  declare highWaterMark: number | undefined;
  declare encoding: BufferEncoding | undefined;
  declare steps: Step[];
  declare ending: Ending;

  constructor(script: Script) {
    Object.assign(this, script);
    // What tells a value is looked for before what tells an object.
    Object.defineProperty(this, fc.toStringMethod, { value: () => this.#told() });
  }

  #told(): string {
    const short = (_: string, value: unknown): unknown => {
      const bytes = value as { type?: string; data?: unknown[] };
      if (bytes.type === 'Buffer') return `${(bytes.data as unknown[]).length} bytes`;
      return typeof value === 'string' && value.length > 20 ? `${value.length} characters` : value;
    };
    return JSON.stringify(this, short);
  }
}

export const scripts: fc.Arbitrary<Script> = fc
  .record({
    before: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 })).map((size) => Buffer.alloc(size, 'b')),
    flags: fc.constantFrom('w', 'r+', 'a', 'w+', 'a+'),
    start: fc.oneof(
      fc.constant(undefined),
      fc.integer({ min: 0, max: 40 }).map((blocks) => blocks * 4096),
      fc.integer({ min: 0, max: 150_000 }),
    ),
    highWaterMark: fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 100_000 })),
    encoding: fc.constantFrom(undefined, undefined, 'latin1', 'hex'),
    steps: fc.array(step, { maxLength: 14 }),
    ending: fc.constantFrom(
      'end',
      'end',
      'end',
      'end with a chunk',
      'close',
      'destroy',
      'destroy with an error',
      'abort',
    ),
  })
  .map((script) => new Told(script));

/** Settles when a stream is closed, whatever it is closed with. */
export async function closedOf(stream: Writable): Promise<void> {
  if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve));
}

function codeOf(error: Error | null | undefined): string | undefined {
  if (error === null || error === undefined) return undefined;
  return (error as NodeJS.ErrnoException).code ?? error.message;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Writes a chunk as its step says, and waits for what it says. */
async function writeStep(
  stream: Subject,
  step: Step & { kind: 'write' },
  seen: Seen,
  fallback: BufferEncoding,
): Promise<void> {
  const encoding = typeof step.data === 'string' && step.awaited === 'nothing' ? undefined : step.encoding;
  seen.chunks.push(
    typeof step.data === 'string' ? Buffer.from(step.data, encoding ?? fallback) : Buffer.from(step.data),
  );
  const index = seen.callbacks.push('not called') - 1;
  const called = new Promise<void>((resolve) => {
    const tell = (error: Error | null | undefined): void => {
      seen.callbacks[index] = codeOf(error);
      resolve();
    };
    const more = encoding === undefined ? stream.write(step.data, tell) : stream.write(step.data, encoding, tell);
    if (step.awaited === 'drain' && more) resolve();
  });
  if (step.awaited === 'nothing' || stream.writableCorked > 0) return;
  const closed = closedOf(stream);
  if (step.awaited === 'callback') await Promise.race([called, closed]);
  else if (stream.writableNeedDrain) await Promise.race([once(stream, 'drain'), closed]);
}

async function finish(stream: Subject, ending: Ending, controller: AbortController): Promise<void> {
  const ended = finished(stream, { cleanup: true }).catch(() => undefined);
  if (ending === 'end') stream.end();
  else if (ending === 'end with a chunk') stream.end('the last chunk', 'latin1');
  else if (ending === 'close') (stream as unknown as { close: () => void }).close();
  else if (ending === 'destroy') stream.destroy();
  else if (ending === 'destroy with an error') stream.destroy(new Error('on purpose'));
  else controller.abort();
  await ended;
  await closedOf(stream);
  // Callbacks may come after it.
  await turns(2);
}

/** Plays a script on a stream that was made with the controller's signal, up to its 'close'. */
export async function play(stream: Subject, script: Script, controller: AbortController): Promise<Seen> {
  const seen: Seen = { events: [], callbacks: [], chunks: [], bytesWritten: 0 };
  for (const event of ['open', 'ready', 'finish', 'close']) stream.on(event, () => seen.events.push(event));
  stream.on('error', (error) => seen.events.push(`error ${codeOf(error)}`));
  for (const step of script.steps) {
    if (step.kind === 'cork') stream.cork();
    else if (step.kind === 'uncork') stream.uncork();
    else if (step.kind === 'turn') await turns(step.count);
    else await writeStep(stream, step, seen, script.encoding ?? 'utf8');
  }
  if (script.ending === 'end with a chunk') seen.chunks.push(Buffer.from('the last chunk'));
  await finish(stream, script.ending, controller);
  seen.bytesWritten = stream.bytesWritten;
  return seen;
}

/** What a file has when so many bytes of the chunks are in it. */
export function expectedContent(script: Script, chunks: readonly Buffer[], bytes: number): Buffer {
  const before = script.flags.startsWith('w') ? Buffer.alloc(0) : Buffer.from(script.before);
  const written = Buffer.concat(chunks).subarray(0, bytes);
  if (script.flags.startsWith('a')) return Buffer.concat([before, written]);
  if (written.byteLength === 0) return before;
  const start = script.start ?? 0;
  const content = Buffer.alloc(Math.max(before.byteLength, start + written.byteLength));
  before.copy(content);
  written.copy(content, start);
  return content;
}
