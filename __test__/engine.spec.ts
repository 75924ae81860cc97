import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue } from '../index.js';
import { eachDirectory, rootTarget, scratchFile } from './support/targets.js';

const FIXTURE = ['--import=tsx', resolve('__test__/support/engine.fixture.ts')];

function place(t: ExecutionContext): string {
  const root = rootTarget();
  const path = join(root.directory, randomUUID());
  t.teardown(() => spawnSync('rm', ['-f', path]));
  return path;
}

eachDirectory('who carries operations out can be chosen, and is told', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.from('content'));
  const choices = [
    [{}, 'aio', true],
    [{ engine: 'aio' }, 'aio', true],
    [{ direct: 'require' }, 'aio', true],
    [{ engine: 'fs' }, 'fs', true],
    [{ engine: 'fs', direct: 'require' }, 'fs', true],
    [{ direct: 'never' }, 'fs', false],
    [{ engine: 'fs', direct: 'never' }, 'fs', false],
  ] as const;
  for (const [options, engine, direct] of choices) {
    await using file = await open(path, { flags: 'r+', ...options });
    t.deepEqual([file.engine, file.direct], [engine, direct], JSON.stringify(options));
    t.is(file.reason === undefined, engine === 'aio' && direct);
    t.is((await file.readFile()).toString(), 'content');
    t.is((await file.read(allocate(512), { position: 2 })).buffer.toString('latin1', 0, 5), 'ntent');
  }
});

test('choices that contradict each other are refused, and nothing is opened or cut', async (t) => {
  const path = place(t);
  await t.throwsAsync(open(path, { flags: 'w', engine: 'aio', direct: 'never' }), { code: 'ERR_INVALID_ARG_VALUE' });
  await t.throwsAsync(open(path, { flags: 'w', engine: 'best' as never }), { code: 'ERR_INVALID_ARG_VALUE' });
  await t.throwsAsync(open(path, { flags: 'w', direct: 'sometimes' as never }), { code: 'ERR_INVALID_ARG_VALUE' });
  const queue = await SubmissionQueue.create({ engine: 'fs' });
  t.is(queue.engine, 'fs');
  await t.throwsAsync(open(path, { flags: 'w', engine: 'aio', queue }), { code: 'ERR_AIO_UNSUPPORTED_RUNTIME' });
  t.false(existsSync(path));
  await queue.close();
});

test('one queue serves files of every engine at the same time, and waits for all', async (t) => {
  const queue = await SubmissionQueue.create({ depth: 4 });
  const path = place(t);
  const files = [
    await open(path, { flags: 'w+', queue }),
    await open(path, { flags: 'r+', queue, engine: 'fs' }),
    await open(path, { flags: 'r+', queue, direct: 'never' }),
  ];
  const writes = files.flatMap((file, index) =>
    Array.from({ length: 20 }, (_, turn) =>
      file.write(Buffer.alloc(100, index + 1), { position: (3 * turn + index) * 100 }),
    ),
  );
  await queue.drain();
  t.true((await Promise.all(writes)).every(({ bytesWritten }) => bytesWritten === 100));
  await Promise.all(files.map((file) => file.sync()));
  const { operations, completed, failed, inFlight } = queue.stats();
  t.deepEqual([completed, failed, inFlight], [operations, 0, 0]);
  await queue.close();
  await t.throwsAsync((files[1] as (typeof files)[0]).read(), { code: 'ERR_AIO_CLOSED' });
  await Promise.all(files.map((file) => file.close()));
  const content = readFileSync(path);
  for (let block = 0; block < 60; block++)
    t.true(content.subarray(100 * block, 100 * block + 100).every((byte) => byte === (block % 3) + 1));
});

test('without a binary for the platform files go through node:fs and the page cache', (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...FIXTURE, place(t)], {
    env: { ...process.env, LINUX_AIO_ENGINE: 'none' },
    encoding: 'utf8',
  });
  t.is(status, 0, stderr);
  t.regex(stdout, /^fs false true /);
  t.is(stderr.match(/LINUX_AIO_FALLBACK/g)?.length, 1, stderr);
  t.regex(stdout, /ERR_AIO_UNSUPPORTED_RUNTIME ERR_AIO_UNSUPPORTED_RUNTIME$/m);
});
