import { resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { copyPackage } from './support/copy.js';
import { run, type Ended } from './support/run.js';
import { eachDirectory, rootTarget, scratchFile } from './support/targets.js';

let made = 0;

/** Runs a program of workers, on one copy of the package or two. */
async function runs(t: ExecutionContext, program: string, copies = 1, given?: string): Promise<Ended> {
  const root = rootTarget();
  const path = given ?? (await scratchFile(t, root, Buffer.alloc(1 << 20)));
  const fixture = resolve('__test__/support/workers.fixture.ts');
  const entrances = Array.from({ length: copies }, () => copyPackage(t, `${program}-${String(made++)}`));
  return run(process.execPath, ['--import=tsx', fixture, path, program, ...entrances]);
}

/** What a program of workers says when all of them ended as they should. */
const EXPECTED: Record<string, [title: string, says: string]> = {
  exit: ['workers that end by process.exit with operations in flight leave nothing behind', '3 none left'],
  exception: [
    'workers that end by an exception with operations in flight leave nothing behind',
    'on purpose 1 none left',
  ],
  natural: [
    'workers that end by themselves stay until what is in flight is done, and leave nothing behind',
    'done 0 none left',
  ],
  many: ['two hundred workers, one after another, leave nothing behind', 'done 0 none left'],
};

for (const [program, [title, says]] of Object.entries(EXPECTED)) {
  test(title, async (t) => {
    t.timeout(600_000);
    const { code, signal, stdout, stderr } = await runs(t, program);
    t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: `${says}\n` }, stderr);
  });
}

test('two copies of the package work and end beside each other in one process', async (t) => {
  const { code, signal, stdout, stderr } = await runs(t, 'copies', 2);
  const workers = '3, on purpose 1, done 0, done 0, done 1';
  t.deepEqual(
    { code, signal, stdout },
    { code: 0, signal: null, stdout: `${workers}, ${workers}, 100, 100\n` },
    stderr,
  );
});

eachDirectory('a worker that is terminated while it writes writes nothing but its bytes', async (t, target) => {
  const path = await scratchFile(t, target, Buffer.alloc(16 << 20, 'A'));
  const { code, signal, stdout, stderr } = await runs(t, 'writing', 1, path);
  t.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
  // Beyond the end, only ext4's writes are carried out in order, and so leave no holes.
  t.regex(stdout, target.name === 'ext4' ? /^true true$/m : /^true (true|false)$/m);
});

eachDirectory('what two threads append is all in the file', async (t, target) => {
  const path = await scratchFile(t, target);
  const { code, stdout, stderr } = await runs(t, 'appending', 1, path);
  const [auto, fs] = stdout.trim().split('\n');
  t.is(code, 0, stderr);
  t.is(auto, 'appended appended 100 100 200');
  // Two threads that append to xfs past the page cache at once write to the same place, whoever they are.
  if (target.name !== 'xfs') t.is(fs, 'appended appended 100 100 200');
});

const withTransfer = 'transfer' in ArrayBuffer.prototype ? test : test.skip;

withTransfer(
  'memory that a worker gives away as it ends is never pulled from under its new owner [needs Node.js 22]',
  async (t) => {
    const { code, signal, stdout, stderr } = await runs(t, 'giving');
    t.deepEqual({ code, signal, stdout }, { code: 0, signal: null, stdout: '65536 true\n'.repeat(5) }, stderr);
  },
);
