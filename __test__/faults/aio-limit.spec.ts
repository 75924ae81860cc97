import { accessSync, constants, readFileSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';

import { open, probe, SubmissionQueue, type KernelError } from '../../index.js';
import { LIMIT, withAioLimit } from '../support/aio-limit.js';
import { rootTarget, scratchFile } from '../support/targets.js';

/** Other programs may make and close queues meanwhile: far more than theirs are asked for. */
const LEFT = 100;
const LARGE = { depth: 4096 };

/** A matter of milliseconds each: the whole machine feels it. */
function onLimit(title: string, implementation: (t: ExecutionContext) => Promise<void>): void {
  if (isOurs()) test.serial(title, implementation);
  else test.skip(`${title} [${LIMIT}: needs root]`, () => undefined);
}

function isOurs(): boolean {
  try {
    accessSync(LIMIT, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function scratch(t: ExecutionContext): Promise<string> {
  const root = rootTarget();
  return scratchFile(t, root);
}

onLimit('where fs.aio-max-nr is spent queues go through node:fs, until there is room again', async (t) => {
  const warnings: string[] = [];
  const warned = (warning: Error & { code?: string }): void => void warnings.push(warning.code ?? warning.message);
  process.on('warning', warned);
  t.teardown(() => process.off('warning', warned));
  const made = await withAioLimit(LEFT, async () => {
    const small = await SubmissionQueue.create({ depth: 16 });
    const large = await SubmissionQueue.create(LARGE);
    const again = await SubmissionQueue.create(LARGE);
    const refusal = await t.throwsAsync<KernelError>(SubmissionQueue.create({ ...LARGE, engine: 'aio' }));
    return { small, large, again, refusal };
  });
  const { small, large, again, refusal } = made;
  t.deepEqual([small.engine, large.engine, again.engine], ['aio', 'fs', 'fs']);
  t.regex(large.reason ?? '', /EAGAIN.*io_setup.*fs\.aio-max-nr/);
  t.deepEqual([refusal.code, refusal.syscall], ['EAGAIN', 'io_setup']);
  t.regex(refusal.message, /sysctl/);
  const path = await scratch(t);
  for (const queue of [small, large]) {
    const file = await open(path, { flags: 'r+', queue });
    t.is(file.engine, queue.engine);
    await file.write(Buffer.from(queue.engine), 0);
    t.is(readFileSync(path, 'utf8').slice(0, queue.engine.length), queue.engine);
    await file.close();
  }
  const after = await SubmissionQueue.create(LARGE);
  t.is(after.engine, 'aio', 'there is room again');
  t.true((await probe(path)).aio);
  await Promise.all([small, large, again, after].map((queue) => queue.close()));
  t.deepEqual(warnings, ['LINUX_AIO_FALLBACK']);
});

onLimit('a limit below what is in use harms no queue that there is', async (t) => {
  const queue = await SubmissionQueue.create({ depth: 32 });
  const file = await open(await scratch(t), { flags: 'r+', queue });
  const written = await withAioLimit(-1, () =>
    Promise.all(Array.from({ length: 64 }, (_, index) => file.write(file.allocate(4096), { position: index * 4096 }))),
  );
  t.true(written.every(({ bytesWritten }) => bytesWritten === 4096));
  await file.close();
  await queue.close();
});
