import { BufferPool, createWriteStream, open, type KernelError } from '../../index.js';
import { closedOf } from './write-script.js';

const CHUNK = 100_000;

/** What became of a stream that was written to until it failed. */
export interface Report {
  readonly code: string | undefined;
  readonly position: number | undefined;
  readonly bytesWritten: number;
  /** Bytes of its pool that were not given back. */
  readonly held: number;
  readonly events: readonly string[];
}

/** Writes words that count up, into a file of so many bytes, until that fails or 64 MiB are written; prints a {@link Report}. */
async function main(): Promise<void> {
  const [, , path = '', length = '0', flags = 'r+'] = process.argv;
  const file = await open(path, 'w');
  await file.truncate(Number(length));
  await file.close();
  const pool = BufferPool.create({ limit: 2 << 20 });
  const stream = createWriteStream(path, { flags, pool, size: 65_536, behind: 16 });
  const events: string[] = [];
  let failure: KernelError | undefined;
  for (const event of ['finish', 'close']) stream.on(event, () => events.push(event));
  stream.on('error', (error: KernelError) => {
    events.push('error');
    failure = error;
  });
  for (let word = 0; stream.writable && word < 1 << 24; word += CHUNK / 4) {
    const chunk = Buffer.alloc(CHUNK);
    for (let at = 0; at < CHUNK; at += 4) chunk.writeUInt32LE(word + at / 4 + 1, at);
    if (stream.write(chunk)) continue;
    await new Promise<void>((resolve) => {
      stream.once('drain', resolve).once('close', resolve);
    });
  }
  stream.end();
  await closedOf(stream);
  const { bytesWritten } = stream;
  const { held } = pool.stats();
  console.log(JSON.stringify({ code: failure?.code, position: failure?.position, bytesWritten, held, events }));
}

void main();
