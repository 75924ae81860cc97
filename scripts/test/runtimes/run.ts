/** The interface's tests on another runtime: `run.ts bun` or `run.ts deno`, told in TAP. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

import { translate, translateFile } from '../../javascript.js';
import { INTERFACE } from '../ladder.js';
import { RUNTIMES, type RuntimeName } from './list.js';

/** Runs one spec; what is wrong with how it ended, besides its failures. */
async function runSpec(runtime: RuntimeName, path: string): Promise<string | undefined> {
  const { command, lacks } = RUNTIMES[runtime];
  const child = execa({
    buffer: false,
    preferLocal: true,
    reject: false,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { LINUX_AIO_TEST_LACKS: JSON.stringify(lacks) },
  })`${[...command, path]}`;
  let [told, planned, failed] = [0, 0, 0];
  for await (const line of child) {
    console.log(line);
    if (/^(not )?ok /.test(line)) told++;
    if (line.startsWith('not ok ')) failed++;
    planned = Number(/^1\.\.(\d+)$/.exec(line)?.[1] ?? planned);
  }
  const { failed: bad, shortMessage } = await child;
  if (planned === 0 || told !== planned) return `${told} results of ${planned}: ${shortMessage}`;
  return bad && failed === 0 ? shortMessage : undefined;
}

const [name = '', ...wanted] = process.argv.slice(2);
if (!(name in RUNTIMES)) throw new RangeError(`no such runtime: ${name}`);
await mkdir('.test-scratch', { recursive: true });
const directory = await mkdtemp(resolve('.test-scratch/runtime-'));
try {
  await translate(directory, ['__test__']);
  const ava = join(directory, 'node_modules', 'ava');
  await translateFile('scripts/test/runtimes/ava.ts', join(ava, 'index.js'));
  await writeFile(join(ava, 'package.json'), JSON.stringify({ name: 'ava', type: 'module', exports: './index.js' }));
  for (const [index, spec] of (wanted.length > 0 ? wanted : INTERFACE).entries()) {
    const problem = await runSpec(name as RuntimeName, join(directory, '__test__', `${spec}.spec.js`));
    if (problem === undefined) continue;
    console.log(`not ok ${index + 1} - ${spec} ended badly\n  ${problem}`);
    process.exitCode = 1;
  }
} finally {
  await rm(directory, { recursive: true });
}
