import { chmodSync, constants, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { open as openWithNode } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { allocate, open, SubmissionQueue, type KernelError } from '../index.js';
import { run } from './support/run.js';
import { eachDirectory, eachTarget, rootTarget, scratchFile } from './support/targets.js';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DSYNC, O_NOFOLLOW } = constants;
const CONTENT = Buffer.alloc(10_000, 'content ');

async function rootFile(t: ExecutionContext, content: Uint8Array = CONTENT): Promise<string> {
  const root = rootTarget();
  return scratchFile(t, root, content);
}

const asRoot = process.geteuid?.() === 0 ? test : test.skip;
const WHY = process.geteuid?.() === 0 ? '' : ' [needs root]';

eachTarget(
  'a file tells its path, descriptor, alignment, queue and that it is direct [O_DIRECT]',
  async (t, target) => {
    const path = await scratchFile(t, target, CONTENT);
    const file = await open(path);
    const { memory, offset, read, source } = file.alignment;
    for (const bytes of [memory, offset, read]) t.true(bytes > 0 && Math.log2(bytes) % 1 === 0, `${bytes}`);
    t.true(['statx', 'xfs', 'block', 'trial', 'statfs'].includes(source), source);
    if (target.name === 'loop-4096') t.is(offset, 4096);
    t.true(Object.isFrozen(file.alignment));
    t.is(file.path, path);
    t.is(file.queue, await SubmissionQueue.default());
    const flags = Number.parseInt(
      /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${file.fd}`, 'utf8'))?.[1] ?? '',
      8,
    );
    t.is((flags & constants.O_DIRECT) !== 0, file.direct);
    t.true((flags & 0o2000000) !== 0, 'O_CLOEXEC');
    await file.close();
    t.is(file.fd, -1);
  },
);

eachDirectory('numbers are flags as they are', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  await t.throwsAsync(open(path, O_RDWR | O_CREAT | O_EXCL), { code: 'EEXIST' });
  await using reader = await open(path, O_RDONLY);
  t.is((await reader.readFile()).byteLength, CONTENT.byteLength);
  await using appender = await open(path, O_WRONLY | O_APPEND);
  await appender.write('end', 0);
  t.deepEqual(readFileSync(path), Buffer.concat([CONTENT, Buffer.from('end')]));
  await using durable = await open(path, { flags: O_RDWR | O_DSYNC });
  t.is((await durable.write('durable', 5)).bytesWritten, 7);
  await using emptied = await open(path, O_RDWR | O_TRUNC);
  t.is((await emptied.stat()).size, 0);
  await using made = await open(`${path}-made`, O_RDWR | O_CREAT, 0o600);
  t.is((await made.stat()).mode & 0o777, 0o600);
  unlinkSync(`${path}-made`);
});

eachDirectory('the mode of a new file is that of FileHandle, less the umask', async (t, target) => {
  const path = await scratchFile(t, target);
  for (const mode of [undefined, 0o666, 0o600, 0o777]) {
    const [ours, theirs] = [`${path}-${mode}-ours`, `${path}-${mode}-theirs`];
    await (await open(ours, 'w', mode)).close();
    await (await openWithNode(theirs, 'w', mode)).close();
    t.is(statSync(ours).mode, statSync(theirs).mode);
    await (await open(ours, { flags: 'r+', mode: 0o111 })).close();
    t.is(statSync(ours).mode, statSync(theirs).mode, 'of one that is there it stays');
    for (const name of [ours, theirs]) unlinkSync(name);
  }
});

eachDirectory('a path is bytes, not text', async (t, target) => {
  const path = Buffer.concat([
    Buffer.from(join(target.directory, `bytes-${process.pid}-`)),
    Buffer.from([0xff, 0xfe, 0x20, 0x0a]),
  ]);
  writeFileSync(path, 'odd name');
  t.teardown(() => {
    unlinkSync(path);
  });
  await using file = await open(path);
  t.is((await file.readFile()).toString(), 'odd name');
});

eachDirectory('links are followed as by open(2)', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  const [link, loop, dangling] = [`${path}-link`, `${path}-loop`, `${path}-dangling`];
  symlinkSync(path, link);
  symlinkSync(loop, loop);
  symlinkSync(`${path}-nothing`, dangling);
  t.teardown(() => {
    for (const name of [link, loop, dangling]) unlinkSync(name);
  });
  await using file = await open(link);
  t.is((await file.stat()).size, CONTENT.byteLength);
  t.is(file.path, link);
  await t.throwsAsync(open(loop), { code: 'ELOOP' });
  await t.throwsAsync(open(dangling), { code: 'ENOENT' });
  await t.throwsAsync(open(link, O_RDONLY | O_NOFOLLOW), { code: 'ELOOP' });
});

test("what cannot be opened is told as Node tells it, in the caller's stack", async (t) => {
  const path = await rootFile(t);
  for (const [name, flags] of [
    ['', 'r'],
    [`${path}/below`, 'r'],
    [`${path}-nothing`, 'r+'],
    [path, 'wx'],
    ['x'.repeat(5000), 'r'],
    [join(path, '..', 'y'.repeat(300)), 'w'],
  ] as const) {
    async function theCaller(): Promise<void> {
      await open(name, flags);
    }
    const mine = await t.throwsAsync<KernelError>(theCaller);
    const other = await t.throwsAsync<NodeJS.ErrnoException>(openWithNode(name, flags));
    const facts = ({ code, errno, syscall, path, message }: NodeJS.ErrnoException) => ({
      code,
      errno,
      syscall,
      path,
      message,
    });
    t.deepEqual(facts(mine), facts(other));
    t.regex(String(mine.stack), /at async theCaller/);
  }
});

test('arguments that open cannot use are refused, and nothing is made', async (t) => {
  const path = `${await rootFile(t)}-new`;
  const TYPE = { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' } as object;
  const VALUE = { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' } as object;
  const RANGE = { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' } as object;
  const wrong = open as (...given: unknown[]) => Promise<unknown>;
  await t.throwsAsync(wrong(), TYPE);
  for (const name of [null, 5, {}, [], true]) await t.throwsAsync(wrong(name, 'w'), TYPE);
  await t.throwsAsync(wrong(new URL('http://example.org/')), {
    instanceOf: TypeError,
    code: 'ERR_INVALID_URL_SCHEME',
  } as object);
  await t.throwsAsync(wrong(Buffer.from('a\0b'), 'w'), VALUE);
  await t.throwsAsync(wrong(new URL('file:///a%00b'), 'w'), VALUE);
  for (const flags of ['', 'rw', 'W', 'r ', 'toString', '__proto__']) await t.throwsAsync(wrong(path, flags), VALUE);
  for (const flags of [-1, 1.5, NaN, 2 ** 31]) await t.throwsAsync(wrong(path, flags), RANGE);
  for (const flags of [true, Symbol('w')]) await t.throwsAsync(wrong(path, flags), TYPE);
  for (const mode of [-1, 0o10000, 0.5]) await t.throwsAsync(wrong(path, 'w', mode), RANGE);
  await t.throwsAsync(wrong(path, 'w', '0o644'), { code: 'ERR_INVALID_ARG_VALUE' });
  await t.throwsAsync(wrong(path, { flags: 'w', exact: 1 }), TYPE);
  await t.throwsAsync(wrong(path, { flags: 'w', queue: {} }), TYPE);
  await t.throwsAsync(wrong(path, { flags: 'w', direct: 'maybe' }), VALUE);
  const queue = await SubmissionQueue.create();
  await queue.close();
  await t.throwsAsync(wrong(path, { flags: 'w', queue }), { code: 'ERR_AIO_CLOSED' });
  await t.throwsAsync(open(path), { code: 'ENOENT' });
});

test('many opens of one file at once, each with its own place, all closed again', async (t) => {
  const path = await rootFile(t);
  const files = await Promise.all(Array.from({ length: 100 }, () => open(path)));
  t.is(new Set(files.map(({ fd }) => fd)).size, 100);
  const reads = await Promise.all(files.map((file) => file.read(Buffer.alloc(7))));
  t.true(reads.every(({ buffer }) => buffer.toString() === 'content'));
  const descriptors = files.map(({ fd }) => fd);
  await Promise.all(files.map((file) => file.close()));
  const { ino } = statSync(path);
  for (const fd of descriptors) t.false(isOpen(fd, ino), 'left open');
});

/** Whether a descriptor of this process is a file's. */
function isOpen(fd: number, inode: number): boolean {
  try {
    return statSync(`/proc/self/fd/${fd}`).ino === inode;
  } catch {
    return false;
  }
}

/** Becomes nobody once the library is loaded, and says what two operations give. */
const AS_NOBODY = `
  import { allocate, open } from './index.js';
  const [secret, open_] = process.argv.slice(1);
  await (await open(open_)).close();
  process.setgid(65534);
  process.setuid(65534);
  const tell = async (name, work) =>
    console.log(name, await work().then(() => 'done', ({ code, syscall, path }) => [code, syscall, path].join()));
  await tell('secret', () => open(secret));
  await tell('write', () => open(open_, 'w'));
  const file = await open(open_);
  const read = (priority) => file.read(allocate(4096), { position: 0, priority });
  await tell('idle', () => read({ class: 'idle' }));
  await tell('realtime', () => read({ class: 'realtime', level: 0 }));
  await tell('after', () => read());
`;

asRoot(`what needs permission is refused to those who have none [kernel AIO]${WHY}`, async (t) => {
  const [secret, readable] = [await rootFile(t), await rootFile(t)];
  chmodSync(secret, 0o600);
  chmodSync(readable, 0o444);
  const eval_ = ['--import=tsx', '--input-type=module', '--eval', AS_NOBODY];
  const { stdout, stderr } = await run(process.execPath, [...eval_, secret, readable]);
  t.deepEqual(
    stdout.trim().split('\n'),
    [
      `secret EACCES,open,${secret}`,
      `write EACCES,open,${readable}`,
      'idle done',
      `realtime EPERM,read,${readable}`,
      'after done',
    ],
    stderr,
  );
});

asRoot(`realtime is for root${WHY}`, async (t) => {
  await using file = await open(await rootFile(t));
  const { bytesRead } = await file.read(allocate(4096), { position: 0, priority: { class: 'realtime' } });
  t.is(bytesRead, 4096);
});
