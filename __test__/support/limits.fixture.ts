import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';

import { allocate, open, SubmissionQueue } from '../../index.js';

const PAGE = 4096;

/** How a call ended: its bytes, or the code of its error, with the system call. */
async function endOf(call: () => Promise<unknown>): Promise<unknown> {
  try {
    const result = await call();
    return (result as { bytesWritten?: number } | undefined)?.bytesWritten ?? 'done';
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    return code === undefined ? message : `${code} ${syscall ?? ''}`.trim();
  }
}

/** Under RLIMIT_FSIZE of `limit` bytes. */
async function sizes(path: string, limit: number): Promise<Record<string, unknown>> {
  const ends: Record<string, unknown> = {};
  for (const [name, make] of [
    ['aligned', (size: number) => allocate(size).fill('a')],
    ['copied', (size: number) => Buffer.alloc(size, 'a')],
  ] as const) {
    const file = await open(path, 'w+');
    const across = await endOf(() => file.write(make(limit + 5 * PAGE), { position: 0 }));
    const beyond = await endOf(() => file.write(make(PAGE), { position: limit }));
    const unaligned = await endOf(() => file.write(make(1000), { position: limit + 5 }));
    const vectored = await endOf(() => file.writev([make(PAGE), make(PAGE), make(PAGE)], limit - 2 * PAGE));
    const appended = await endOf(() => file.write(make(PAGE), { append: true }));
    const truncated = await endOf(() => file.truncate(limit + 1));
    const preallocated = await endOf(() => file.preallocate({ length: limit + PAGE }));
    const content = readFileSync(path);
    const right = content.byteLength === limit && content.every((byte) => byte === 0x61);
    const within = await endOf(() => file.write(make(1000), { position: limit - 1000 }));
    ends[name] = { across, beyond, unaligned, vectored, appended, truncated, preallocated, right, within };
    await file.close();
  }
  return { ...ends, size: statSync(path).size };
}

/** Under a limit of descriptors. */
async function descriptors(path: string): Promise<Record<string, unknown>> {
  const queue = await SubmissionQueue.create();
  const file = await open(path, { flags: 'r+', queue });
  const before = readdirSync('/proc/self/fd').length;
  const taken: number[] = [];
  for (let full = false; !full;) {
    try {
      taken.push(openSync('/dev/null', 'r'));
    } catch {
      full = true;
    }
  }
  const opened = await endOf(() => open(path, { queue }));
  const created = await endOf(() => SubmissionQueue.create());
  const insisted = await endOf(() => SubmissionQueue.create({ engine: 'aio' }));
  const byDefault = await endOf(() => open(path));
  const written = await endOf(() => file.write(Buffer.alloc(5000, 'w'), { position: 1 }));
  for (const fd of taken) closeSync(fd);
  const left = readdirSync('/proc/self/fd').length - before;
  const contexts = readFileSync('/proc/self/maps', 'utf8').split('[aio]').length - 2;
  const again = await open(path);
  const { engine } = again;
  await again.close();
  await again.queue.close();
  await file.close();
  await queue.close();
  return { opened, created, insisted, byDefault, written, left, contexts, engine };
}

const [, , what = '', path = '', limit = ''] = process.argv;
// Only now: what loads this program has needs of its own.
execFileSync('prlimit', ['--pid', `${process.pid}`, what === 'sizes' ? `--fsize=${limit}` : `--nofile=${limit}`]);
void (what === 'sizes' ? sizes(path, Number(limit)) : descriptors(path)).then((ends) => {
  console.log(JSON.stringify(ends));
});
