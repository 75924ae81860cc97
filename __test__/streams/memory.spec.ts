import { resolve } from 'node:path';
import test from 'ava';

import { open } from '../../index.js';
import { run } from '../support/run.js';
import { rootTarget, scratchFile } from '../support/targets.js';

const FIXTURE = ['--import=tsx', resolve('__test__/support/streaming.fixture.ts')];
/** Bytes of the file: sparse, with runs of data. */
const LENGTH = Number(process.env.LINUX_AIO_STREAM_BYTES ?? 256 * 2 ** 20);
const POOL = 4 * 2 ** 20;
/** Beyond the pool: code, and garbage that is not collected yet. */
const BESIDES = 96 * 2 ** 20;

for (const form of ['blocks', 'pipeTo', 'stream', 'web']) {
  test(`a large file that a slow consumer takes by ${form} holds the pool and no more`, async (t) => {
    t.timeout(600_000);
    const path = await scratchFile(t, rootTarget());
    const file = await open(path, 'r+');
    await file.truncate(LENGTH);
    for (let run = 0; run < 8; run++)
      await file.write(Buffer.alloc(2 ** 20, run + 1), { position: (run * LENGTH) / 8 });
    await file.close();
    const { code, stdout, stderr } = await run(process.execPath, [...FIXTURE, path, form, String(POOL)]);
    t.is(code, 0, stderr);
    const { bytes, grown, mapped, held } = JSON.parse(stdout) as Record<'bytes' | 'grown' | 'mapped' | 'held', number>;
    t.log(`${(grown / 2 ** 20).toFixed(1)} MiB more resident, ${(mapped / 2 ** 20).toFixed(1)} MiB of them the pool's`);
    t.is(bytes, LENGTH);
    t.true(mapped <= POOL);
    t.is(held, 0);
    t.true(grown <= POOL + BESIDES, `${grown}`);
  });
}
