import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { run } from '../support/run.js';
import { rootTarget } from '../support/targets.js';

const DEMO = ['--import=tsx', resolve('examples/demo/main.ts')];

/** A directory of the test's own on the checkout's disk. */
async function directory(t: ExecutionContext): Promise<string> {
  const root = rootTarget();
  const made = await mkdtemp(join(root.directory, 'demo-'));
  t.teardown(() => rm(made, { recursive: true, force: true }));
  return made;
}

function demo(...files: string[]) {
  return run(process.execPath, [...DEMO, ...files]);
}

/** One line on stderr, a failure's exit code, and nothing new in the directory. */
async function complains(t: ExecutionContext, place: string, files: string[], about: RegExp): Promise<void> {
  const before = readdirSync(place).sort();
  const { code, stderr } = await demo(...files);
  t.not(code, 0);
  t.is(stderr.trim().split('\n').length, 1, stderr);
  t.regex(stderr, about);
  t.deepEqual(readdirSync(place).sort(), before);
}

test('copies a file of odd length exactly, verifies it and prints a table', async (t) => {
  const place = await directory(t);
  const content = randomBytes(300_001);
  const [source, copy] = [join(place, 'source'), join(place, 'copy')];
  writeFileSync(source, content);
  const { code, stdout, stderr } = await demo(source, copy);
  t.is(code, 0, stderr);
  t.deepEqual(readFileSync(copy), content);
  t.regex(stdout, /SHA-256 .*the same on both sides/);
  t.regex(stdout, /depth 1 [\s\S]*linux-aio [\s\S]*depth 32 [\s\S]*node:fs/);
  t.deepEqual(readdirSync(place).sort(), ['copy', 'source']);
});

test('copies an empty file', async (t) => {
  const place = await directory(t);
  writeFileSync(join(place, 'empty'), '');
  const { code, stderr } = await demo(join(place, 'empty'), join(place, 'copy'));
  t.is(code, 0, stderr);
  t.is(readFileSync(join(place, 'copy')).byteLength, 0);
});

test('a missing file is one clear line', async (t) => {
  const place = await directory(t);
  await complains(t, place, [join(place, 'nothing'), join(place, 'copy')], /nothing/);
});

test('a directory is one clear line', async (t) => {
  const place = await directory(t);
  mkdirSync(join(place, 'sub'));
  await complains(t, place, [join(place, 'sub')], /directory/);
});

test('a file without O_DIRECT is one clear line', async (t) => {
  const place = await directory(t);
  await complains(t, place, ['/proc/version', join(place, 'copy')], /proc/);
});

test('source and destination that are the same file are one clear line, and the file stays', async (t) => {
  const place = await directory(t);
  const source = join(place, 'source');
  writeFileSync(source, 'precious');
  symlinkSync(source, join(place, 'link'));
  await complains(t, place, [source, join(place, 'link')], /is the file to be copied/);
  t.is(readFileSync(source, 'utf8'), 'precious');
});

test('a destination that cannot be made is one clear line', async (t) => {
  const place = await directory(t);
  writeFileSync(join(place, 'source'), 'bytes');
  chmodSync(join(place, 'source'), 0o444);
  await complains(t, place, [join(place, 'source'), join(place, 'no', 'such', 'place')], /place|directory/);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} ends it with the shell's exit code and leaves nothing`, async (t) => {
    const place = await directory(t);
    writeFileSync(join(place, 'source'), randomBytes(8 << 20));
    const files = [join(place, 'source'), join(place, 'copy')];
    const { code } = await run(process.execPath, [...DEMO, ...files], (child) => {
      // In the middle of its work: the copy is kept by now, so only what it kept may be there.
      child.stdout?.on('data', (text: Buffer) => {
        if (text.includes('Random reads')) child.kill(signal);
      });
    });
    t.is(code, signal === 'SIGINT' ? 130 : 143);
    t.deepEqual(readdirSync(place).sort(), ['copy', 'source']);
  });
}

/** Joins the halves of calls that another thread's interrupted. */
function whole(trace: string): string {
  const begun = new Map<string, string>();
  const lines: string[] = [];
  for (const line of trace.split('\n')) {
    const [, thread = '', call = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (call.endsWith(' <unfinished ...>')) begun.set(thread, call.slice(0, -' <unfinished ...>'.length));
    else lines.push(call.replace(/^<\.\.\. \w+ resumed>/, () => begun.get(thread) ?? ''));
  }
  return lines.join('\n');
}

/** The descriptors that `openat` gave with O_DIRECT, in a trace of one process. */
function directDescriptors(trace: string): Set<string> {
  const opened = trace.matchAll(/openat\([^\n]*O_DIRECT\b[^\n]*= (\d+)/g);
  return new Set([...opened].map(([, fd]) => fd ?? ''));
}

const traced = spawnSync('strace', ['-V']).error === undefined ? test : test.skip;

traced('submits to O_DIRECT descriptors alone, and never by io_uring [needs strace]', async (t) => {
  const place = await directory(t);
  writeFileSync(join(place, 'source'), randomBytes(1 << 20));
  const log = join(place, 'trace');
  const calls = 'trace=openat,io_setup,io_submit,io_uring_setup,io_uring_enter';
  const command = ['-f', '-e', calls, '-o', log, process.execPath, ...DEMO, join(place, 'source')];
  const { code, stderr } = await run('strace', command);
  t.is(code, 0, stderr);
  const trace = whole(readFileSync(log, 'latin1'));
  const submitted = new Set([...trace.matchAll(/aio_fildes=(\d+)/g)].map(([, fd]) => fd ?? ''));
  t.true(submitted.size > 0);
  const direct = directDescriptors(trace);
  t.deepEqual(
    [...submitted].filter((fd) => !direct.has(fd)),
    [],
  );
  t.false(trace.includes('io_uring_'));
});
