import { resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { run, type Ended } from './support/run.js';
import { scratchFile, targets } from './support/targets.js';

/** Runs the program that ends in this way with hundreds of operations in flight. */
async function ends(t: ExecutionContext, how: string): Promise<Ended> {
  const [root] = targets();
  if (root === undefined || !('directory' in root)) throw new Error('no target root');
  const path = await scratchFile(t, root, Buffer.alloc(1 << 20));
  return run(process.execPath, [
    '--expose-gc',
    '--import=tsx',
    resolve('__test__/support/lifecycle.fixture.ts'),
    path,
    how,
  ]);
}

test('a process stays until what is in flight is done, then exits by itself', async (t) => {
  const { code, signal, stdout, stderr } = await ends(t, 'natural');
  t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: '400\n' }, stderr);
});

test('an open file and an idle queue do not keep a process', async (t) => {
  const { code, signal, stdout, stderr } = await ends(t, 'idle');
  t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'idle\n' }, stderr);
});

test('files that were forgotten open are closed by the collector, with a warning', async (t) => {
  const { code, stdout, stderr } = await ends(t, 'forgotten');
  t.deepEqual({ code, stdout }, { code: 0, stdout: 'closed\n' }, stderr);
  t.regex(stderr, /was collected while it was open/);
});

test('process.exit with operations in flight ends cleanly', async (t) => {
  const { code, signal, stderr } = await ends(t, 'exit');
  t.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
});

test('an uncaught exception with operations in flight ends as without them', async (t) => {
  const { code, signal, stderr } = await ends(t, 'exception');
  t.deepEqual({ code, signal }, { code: 1, signal: null });
  t.regex(stderr, /on purpose/);
});

test('workers that are terminated with operations in flight leave the process whole', async (t) => {
  const { code, signal, stdout, stderr } = await ends(t, 'terminate');
  t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: 'terminated\n' }, stderr);
});
