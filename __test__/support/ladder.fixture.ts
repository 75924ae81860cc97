import { readFileSync } from 'node:fs';

import { allocate, open, probe, SubmissionQueue } from '../../index.js';

/** What a process finds that may have no kernel AIO. */
export interface Found {
  /** Of a queue, and of one made after it. */
  readonly engines: readonly string[];
  readonly reason: string | undefined;
  /** What a file does through the thread's own queue. */
  readonly file: { readonly engine: string; readonly direct: boolean; readonly reason: string | undefined };
  /** Whether the file holds what was written. */
  readonly right: boolean;
  /** How those fail that insist on kernel AIO: a queue, with the system call, and a file. */
  readonly queueFailure: readonly (string | undefined)[] | undefined;
  readonly fileFailure: string | undefined;
  /** By probe: an error code, or `works`. */
  readonly probed: string;
  /** Contexts of this process that are left at the end. */
  readonly contexts: number;
}

async function failureOf(making: Promise<{ close(): Promise<void> }>): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await (await making).close();
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** Uses a file by all means that the environment leaves, and prints {@link Found}. */
async function main(): Promise<void> {
  const [, , path = '', ring = ''] = process.argv;
  const own = { ring: ring !== 'call' };
  const first = await SubmissionQueue.create(own);
  const second = await SubmissionQueue.create(own);
  const file = await open(path, { flags: 'w+', queue: second });
  await file.write(allocate(4096).fill('w'), { position: 0 });
  await file.write('tail', 4096);
  await file.datasync();
  const { buffer } = await file.read(Buffer.alloc(4100), { position: 0 });
  const right = buffer.toString() === `${'w'.repeat(4096)}tail` && readFileSync(path).equals(buffer);
  const queueFailure = await failureOf(SubmissionQueue.create({ ...own, engine: 'aio' }));
  const fileFailure = await failureOf(open(path, { engine: 'aio', queue: second }));
  const { aioReason } = await probe(path);
  await file.close();
  await Promise.all([first.close(), second.close()]);
  const found: Found = {
    engines: [first.engine, second.engine],
    reason: second.reason,
    file: { engine: file.engine, direct: file.direct, reason: file.reason },
    right,
    queueFailure: queueFailure && [queueFailure.code, queueFailure.syscall],
    fileFailure: fileFailure?.code,
    probed: aioReason ?? 'works',
    contexts: readFileSync('/proc/self/maps', 'utf8').split('[aio]').length - 1,
  };
  console.log(JSON.stringify(found));
}

void main();
