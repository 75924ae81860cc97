import { resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { run, type Ended } from './support/run.js';
import { rootTarget, scratchFile } from './support/targets.js';

/** Runs the program that ends in this way with hundreds of operations in flight. */
async function ends(t: ExecutionContext, how: string): Promise<Ended> {
  const root = rootTarget();
  const path = await scratchFile(t, root, Buffer.alloc(1 << 20));
  return run(process.execPath, [
    '--expose-gc',
    '--import=tsx',
    resolve('__test__/support/lifecycle.fixture.ts'),
    path,
    how,
  ]);
}

/** What ends by itself, and what it says. */
const WHOLE: Record<string, [how: string, says: string]> = {
  'a process stays until what is in flight is done, then exits by itself': ['natural', '600'],
  'a process that does nothing with the package exits by itself': ['nothing', 'nothing'],
  'child processes that begin and end meanwhile inherit nothing and disturb nothing': ['children', '600'],
  'an open file and an idle queue do not keep a process': ['idle', 'idle'],
  'memory of what has ended is not kept': ['ended-memory', Array(5).fill('collected').join('\n')],
  'callbacks that throw are uncaught exceptions, and the others are told all the same': [
    'callbacks',
    '{"told":600,"caught":200}',
  ],
  'a process stays until callbacks have been called, and what follows from them': [
    'waits-for-callbacks',
    '{"told":100,"again":100}',
  ],
  'workers that are terminated with operations in flight leave the process whole': [
    'terminate',
    `${'hundreds under way\n'.repeat(10)}terminated`,
  ],
};

for (const [title, [how, says]] of Object.entries(WHOLE)) {
  test(title, async (t) => {
    const { code, signal, stdout, stderr } = await ends(t, how);
    t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: `${says}\n` }, stderr);
  });
}

test('exceptions thrown on completions lose no other completion', async (t) => {
  const { code, stdout, stderr } = await ends(t, 'handled');
  t.is(code, 0, stderr);
  const { tick, ...exactly } = JSON.parse(stdout) as { settled: number; microtask: number; tick: number };
  t.deepEqual(exactly, { settled: 600, microtask: 100 });
  // Node.js 24 and 26 at times tell nobody of some exceptions in ticks; why is not known.
  const least = parseInt(process.versions.node) < 24 ? 100 : 90;
  t.true(tick >= least && tick <= 100, `${tick} ticks`);
});

/** What is ended in the middle: its exit code or signal, and what it may write to stderr. */
const CUT_SHORT: Record<string, [how: string, end: number | NodeJS.Signals, stderr: RegExp]> = {
  'process.exit with operations in flight ends cleanly': ['exit', 0, /^$/],
  'process.exit on a completion ends cleanly': ['exit-on-completion', 4, /^$/],
  'an uncaught exception with operations in flight ends as without them': ['exception', 1, /on purpose/],
  'a rejection on a completion that nobody handles ends as without operations': ['rejection', 1, /on purpose/],
  'an uncaught exception on a completion ends as without operations': ['exception-on-completion', 1, /on purpose/],
  'an exception in a callback that nobody handles ends as without operations': [
    'exception-in-a-callback',
    1,
    /on purpose/,
  ],
  'SIGTERM with operations in flight ends the process': ['signal', 'SIGTERM', /^$/],
  'process.exit from a handler of SIGTERM ends cleanly': ['signal-handled', 5, /^$/],
};

for (const [title, [how, end, says]] of Object.entries(CUT_SHORT)) {
  test(title, async (t) => {
    const { code, signal, stdout, stderr } = await ends(t, how);
    t.deepEqual({ end: code ?? signal, stdout }, { end, stdout: 'hundreds under way\n' }, stderr);
    t.regex(stderr, says);
  });
}

test('files that were forgotten open are closed by the collector, with a warning', async (t) => {
  const { code, stdout, stderr } = await ends(t, 'forgotten');
  t.deepEqual({ code, stdout }, { code: 0, stdout: 'closed\n' }, stderr);
  t.regex(stderr, /was collected while it was open/);
});
