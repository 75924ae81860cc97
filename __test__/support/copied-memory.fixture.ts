import { BufferPool, allocate, open, SubmissionQueue } from '../../index.js';

/** What differs where external ArrayBuffers are refused, as lines of text. */
const PAGE = 4096;
const path = process.argv[2] as string;

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

async function refusal(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'none';
  } catch (error) {
    return codeOf(error) ?? String(error);
  }
}

async function files(): Promise<void> {
  const file = await open(path, { flags: 'r+', direct: 'require' });
  console.log('engine', file.engine, file.direct);
  await file.write(allocate(PAGE).fill('w'), { position: 0, exact: true });
  const { buffer } = await file.read(allocate(PAGE), { position: 0, exact: true });
  console.log(
    'content',
    buffer.every((byte) => byte === 'w'.charCodeAt(0)),
  );
  // One for each of both, and one for a caller's own memory, whose way through the pool is not counted again.
  await file.read(Buffer.alloc(PAGE), { position: 0 });
  console.log('bounced', file.queue.stats().bounced);
  await file.close();
}

async function transferred(): Promise<void> {
  const queue = await SubmissionQueue.create({ batch: 'manual' });
  const file = await open(path, { flags: 'r+', queue });
  const [lost, kept] = [allocate(PAGE), allocate(PAGE)];
  const reads = [lost, kept].map(async (buffer) => refusal(() => file.read(buffer, { position: 0 })));
  const batch = refusal(() => file.readBatch([lost, kept], [0, 0]));
  // Before they are submitted: they may be done when flush returns.
  const elsewhere = structuredClone(lost.buffer, { transfer: [lost.buffer] });
  queue.flush();
  console.log('transferred', ...(await Promise.all([...reads, batch])));
  console.log(
    'untouched',
    new Uint8Array(elsewhere).every((byte) => byte === 0),
  );
  let mine = allocate(PAGE);
  let aborted = 'none';
  // Again where it was done when flush returned.
  for (let attempt = 0; attempt < 100 && aborted === 'none'; attempt++) {
    mine = allocate(PAGE);
    const controller = new AbortController();
    const fate = refusal(() => file.read(mine, { position: 0, signal: controller.signal }));
    queue.flush();
    controller.abort();
    aborted = await fate;
  }
  console.log('aborted', aborted);
  await queue.drain();
  console.log(
    'untouched',
    mine.every((byte) => byte === 0),
  );
  await file.close();
  await queue.close();
}

async function memory(): Promise<void> {
  console.log('shared', await refusal(() => BufferPool.create({ shared: true })));
  const buffer = allocate(PAGE);
  buffer[Symbol.dispose]();
  console.log('disposed', buffer.byteLength);
  const engine = { engine: 'fs' } as const;
  console.log('required', await refusal(() => open(path, { ...engine, direct: 'require' })));
  const file = await open(path, engine);
  console.log('through node:fs', file.direct, file.reason);
  await file.close();
}

/** Memory that nobody holds any more goes back: in kilobytes of address space. */
async function collected(): Promise<void> {
  const { readFileSync } = await import('node:fs');
  const mapped = (): number => Number(/^VmSize:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
  const before = mapped();
  for (let round = 0; round < 64; round++) {
    allocate(16 << 20);
    allocate(16 << 20)[Symbol.dispose]();
    const pool = BufferPool.create({ limit: 16 << 20 });
    pool.acquire(16 << 20);
    pool.close();
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  console.log('collected', mapped() - before < 512 << 10);
}

async function main(): Promise<void> {
  await files();
  await transferred();
  await memory();
  await collected();
  await (await SubmissionQueue.default()).close();
}

void main();
