import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import fc from 'fast-check';

/** What a stream is asked for, as Node's and ours both take it. */
export interface Asked {
  start?: number;
  end?: number;
  highWaterMark?: number;
  encoding?: BufferEncoding;
  autoClose?: boolean;
  emitClose?: boolean;
}

/** How a stream is consumed. After so many chunks something happens. */
export interface Pattern {
  consume: 'flow' | 'pause and resume' | 'read()' | 'iterate' | 'setEncoding';
  after: number;
  then: 'nothing' | 'destroy' | 'destroy with an error' | 'abort' | 'close' | 'leave';
  /** Before anything else. */
  first: 'nothing' | 'destroy' | 'abort' | 'pause' | 'wait';
}

/** Bytes or characters, told in a report by their number and a hash. */
export class Content {
  readonly told: string;
  readonly #text: string;

  constructor(text: string) {
    this.told = `${text.length} ${createHash('sha256').update(text, 'latin1').digest('hex')}`;
    this.#text = text;
  }

  isBeginningOf(other: Content): boolean {
    return other.#text.startsWith(this.#text);
  }
}

/** What can be seen of a stream from its making to its end. */
export interface Seen {
  content: Content;
  /** Lengths of its chunks. */
  chunks: number[];
  /** In order; chunks that follow each other as one. */
  events: string[];
  errors: string[];
  flags: Record<string, unknown>;
}

const position = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 320_000 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, 1, 511, 512, 4095, 4096, 4097, 65_536, 262_144, 299_999, 300_000, 300_001),
  },
);
const size = fc.oneof(
  fc.integer({ min: 600, max: 400_000 }),
  fc.constantFrom(512, 1000, 4096, 10_000, 65_536, 1 << 20),
);

export const asked: fc.Arbitrary<Asked> = fc.record(
  {
    start: position,
    end: position,
    highWaterMark: size,
    encoding: fc.constantFrom<BufferEncoding>('utf8', 'latin1', 'hex', 'base64', 'utf16le'),
    autoClose: fc.boolean(),
    emitClose: fc.boolean(),
  },
  { requiredKeys: [] },
);

export const pattern: fc.Arbitrary<Pattern> = fc.record({
  consume: fc.constantFrom('flow', 'pause and resume', 'read()', 'iterate', 'setEncoding'),
  after: fc.integer({ min: 1, max: 5 }),
  then: fc.constantFrom('nothing', 'nothing', 'destroy', 'destroy with an error', 'abort', 'close', 'leave'),
  first: fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'nothing', 'destroy', 'abort', 'pause', 'wait'),
});

/** Consumes a stream as the pattern has it, and tells what could be seen. */
export async function watch(
  make: (signal: AbortSignal) => Readable & { bytesRead?: number; fd?: unknown },
  { consume, after, then, first }: Pattern,
): Promise<Seen> {
  const controller = new AbortController();
  if (first === 'abort') controller.abort();
  const stream = make(controller.signal);
  let content = '';
  const events: string[] = [];
  const seen: Seen = { content: new Content(''), chunks: [], events, errors: [], flags: {} };
  const note = (event: string): void => {
    if (event !== 'data' || events.at(-1) !== 'data') events.push(event);
  };
  for (const event of ['open', 'ready', 'end', 'close'])
    stream.on(event, () => {
      note(event);
    });
  stream.on('error', (error: NodeJS.ErrnoException) => {
    note('error');
    seen.errors.push(`${error.name} ${String(error.code)} ${String(error.syscall)}`);
  });
  const act = (): void => {
    if (then === 'destroy') stream.destroy();
    if (then === 'destroy with an error') stream.destroy(Object.assign(new Error('mine'), { code: 'MINE' }));
    if (then === 'abort') controller.abort();
    if (then === 'close') (stream as unknown as { close: (callback: () => void) => void }).close(() => undefined);
  };
  const take = (chunk: Buffer | string): void => {
    note('data');
    content += typeof chunk === 'string' ? chunk : chunk.toString('latin1');
    seen.chunks.push(chunk.length);
    if (seen.chunks.length === after) act();
  };
  if (first === 'destroy') stream.destroy();
  if (first === 'pause') stream.pause();
  if (first === 'wait') await turns(3);
  if (consume === 'setEncoding') stream.setEncoding('hex');
  if (consume === 'iterate') await iterate(stream, take, then === 'leave' ? after : Infinity, note);
  else if (consume === 'read()') {
    stream.on('readable', () => {
      for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null)
        take(chunk);
    });
  } else {
    stream.on('data', (chunk: Buffer | string) => {
      take(chunk);
      if (consume !== 'pause and resume') return;
      stream.pause();
      setImmediate(() => stream.resume());
    });
    // A listener does not have one that was paused flow.
    if (first === 'pause') setImmediate(() => stream.resume());
  }
  await settled(stream);
  seen.content = new Content(content);
  const { destroyed, readableEnded, readableAborted, closed, errored } = stream as Readable & { errored: Error | null };
  seen.flags = { destroyed, readableEnded, readableAborted, closed, errored: errored?.name };
  if (readableEnded) seen.flags.bytesRead = stream.bytesRead;
  if (destroyed) seen.flags.fd = stream.fd;
  seen.events = [...events];
  // One that does not close its file.
  stream.destroy();
  return seen;
}

/** What does not depend on how far a stream was when somebody interfered. */
export function withoutTime({ events, errors, flags }: Seen): unknown {
  const { destroyed, closed, errored, fd } = flags;
  const told = events.filter((event) => ['open', 'ready', 'error', 'close'].includes(event));
  return { told, errors, destroyed, closed, errored, fd };
}

async function iterate(
  stream: Readable,
  take: (chunk: Buffer) => void,
  until: number,
  note: (event: string) => void,
): Promise<void> {
  let taken = 0;
  try {
    for await (const chunk of stream) {
      take(chunk as Buffer);
      if (++taken === until) break;
    }
    note('left');
  } catch (error) {
    note(`thrown ${String((error as NodeJS.ErrnoException).code)}`);
  }
}

/** Some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Until nothing happens to the stream any more, whichever of its events it emits. */
async function settled(stream: Readable): Promise<void> {
  while (!stream.closed && !(stream.readableEnded && !stream.destroyed)) await new Promise((go) => setTimeout(go, 1));
  await turns(3);
}
