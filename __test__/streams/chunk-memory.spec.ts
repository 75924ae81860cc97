import { resolve } from 'node:path';
import test from 'ava';

import { open } from '../../index.js';
import { run } from '../support/run.js';
import { rootTarget, scratchFile } from '../support/targets.js';

const FIXTURE = ['--import=tsx', resolve('__test__/support/chunks.fixture.ts')];
const LENGTH = 512 * 2 ** 20;

test('the memory of chunks that were collected is used again without faulting it in', async (t) => {
  const path = await scratchFile(t, rootTarget());
  await using file = await open(path, 'r+');
  await file.truncate(LENGTH);
  const faults = async (env?: NodeJS.ProcessEnv): Promise<number> => {
    const command = [...FIXTURE, path, String(LENGTH / 2)];
    const { code, stdout, stderr } = await run(process.execPath, command, undefined, env);
    t.is(code, 0, stderr);
    return (JSON.parse(stdout) as { faults: number }).faults;
  };
  const [usual, trimmed] = [await faults(), await faults({ MALLOC_TRIM_THRESHOLD_: '131072' })];
  t.log(`${usual} faults, where malloc is told to give back what is freed ${trimmed}`);
  t.true(usual < trimmed / 2);
});
