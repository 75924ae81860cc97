/** The interface's tests on another runtime: `run.ts bun` or `run.ts deno`, told in TAP. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

import { translate, translateFile } from '../../javascript.js';
import { INTERFACE } from '../ladder.js';
import { RUNTIMES, type RuntimeName } from './list.js';

const { command, lacks } = RUNTIMES[process.argv[2] as RuntimeName];
const wanted = process.argv.slice(3);
await mkdir('.test-scratch', { recursive: true });
const directory = await mkdtemp(resolve('.test-scratch/runtime-'));
try {
  await translate(directory, ['__test__']);
  const ava = join(directory, 'node_modules', 'ava');
  await translateFile('scripts/test/runtimes/ava.ts', join(ava, 'index.js'));
  await writeFile(join(ava, 'package.json'), JSON.stringify({ name: 'ava', type: 'module', exports: './index.js' }));
  for (const spec of wanted.length > 0 ? wanted : INTERFACE) {
    const { failed, shortMessage } = await execa({
      preferLocal: true,
      reject: false,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { LINUX_AIO_TEST_LACKS: JSON.stringify(lacks.map(({ what }) => what)) },
    })`${[...command, join(directory, '__test__', `${spec}.spec.js`)]}`;
    if (!failed) continue;
    console.log(`not ok - ${spec} ended badly\n  ${shortMessage}`);
    process.exitCode = 1;
  }
} finally {
  await rm(directory, { recursive: true });
}
