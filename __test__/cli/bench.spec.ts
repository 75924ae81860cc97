import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import type { BenchRecord, Measurement } from '../../src/cli/bench/record.js';
import { cli, directory, fileOf, isOneLine } from '../support/cli.js';
import { eachDevice, scratchFile } from '../support/targets.js';

const SHORT = ['--runtime', '300ms', '--ramp-time', '50ms', '--size', '8M', '--iodepth', '4'];

/** Runs it, and longer where the disk stood still for all of the time. */
async function patiently(parameters: readonly string[]): Promise<Awaited<ReturnType<typeof cli>>> {
  for (let seconds = 1; ; seconds *= 2) {
    const ended = await cli(seconds === 1 ? parameters : [...parameters, '--runtime', `${seconds}s`]);
    if (seconds > 60 || !ended.stderr.includes('no operation was complete')) return ended;
  }
}

async function bench(t: ExecutionContext, ...parameters: string[]): Promise<BenchRecord> {
  const { code, stdout, stderr } = await patiently(['bench', '--json', '--quiet', ...parameters]);
  t.is(code, 0, stderr);
  t.is(stderr, '');
  return JSON.parse(stdout) as BenchRecord;
}

function near(t: ExecutionContext, actual: number, wanted: number, share: number, what: string): void {
  t.true(Math.abs(actual / wanted - 1) <= share, `${what}: ${actual} is not about ${wanted}`);
}

/** What has to be true of every measurement, whatever the disk. */
function isConsistent(t: ExecutionContext, measured: Measurement, blockSize: number): void {
  const { seconds, operations, bytes, iops, bytesPerSecond, read, write } = measured;
  t.true(operations > 0);
  near(t, operations, seconds * iops, 1e-9, 'operations');
  t.is(bytes, operations * blockSize);
  near(t, bytesPerSecond, iops * blockSize, 1e-9, 'bytes a second');
  t.is((read?.operations ?? 0) + (write?.operations ?? 0), operations);
  for (const side of [read, write]) {
    if (side === undefined) continue;
    const { min, mean, p50, p90, p99, p999, p9999, max, histogram } = side.latency;
    t.deepEqual(
      [min, p50, p90, p99, p999, p9999, max].sort((a, b) => a - b),
      [min, p50, p90, p99, p999, p9999, max],
    );
    t.true(min * 0.99 <= mean && mean <= max * 1.01);
    t.is(
      histogram.reduce((sum, [, count]) => sum + count, 0),
      side.operations,
    );
  }
}

test('counts what it does', async (t) => {
  const place = await directory(t);
  const record = await bench(t, place, ...SHORT, '--bs', '8k');
  const [engine] = record.engines;
  t.is(record.engines.length, 1);
  t.is(engine?.engine, 'linux-aio');
  t.is(engine?.rounds.length, 1);
  isConsistent(t, engine!.total, 8192);
  t.is(engine?.total.write, undefined);
  // Timers are late on a machine that is busy, and never early.
  t.true(engine!.total.seconds >= 0.299);
  t.true(engine!.total.depth > 0 && engine!.total.depth < 4.5, `${engine?.total.depth}`);
  t.like(record.target, { created: true, kind: 'file', size: 8 << 20 });
  t.like(record.job, { pattern: 'randread', blockSize: 8192, depth: 4, threads: 1, rampTime: 0.05 });
  // Or what it was run again with.
  t.true(record.job.runtime === 0.3 || record.job.runtime >= 2, `${record.job.runtime}`);
  t.deepEqual(readdirSync(place), [], 'the file is removed');
});

test('mixes reads and writes as it is told', async (t) => {
  const place = await directory(t);
  const record = await bench(t, place, ...SHORT, '--rw', 'randrw', '--rwmixread', '70', '--runtime', '1s');
  const { total } = record.engines[0]!;
  isConsistent(t, total, 4096);
  // Four standard deviations of a fair draw.
  const sigma = Math.sqrt(0.7 * 0.3 * total.operations);
  t.true(Math.abs((total.read?.operations ?? 0) - 0.7 * total.operations) < 4 * sigma + 8, `${total.read?.operations}`);
});

test('several jobs share the work, and a rate is kept', async (t) => {
  const place = await directory(t);
  const record = await bench(t, place, ...SHORT, '--numjobs', '3', '--rate-iops', '100', '--runtime', '1s');
  const { total } = record.engines[0]!;
  isConsistent(t, total, 4096);
  // Of each of the three, and what was in flight before.
  t.true(total.operations <= 3 * (100 * total.seconds + 1 + 4), `${total.operations} in ${total.seconds} s`);
});

test('against node:fs the rounds alternate, and the ratio is theirs', async (t) => {
  const place = await directory(t);
  const record = await bench(t, place, ...SHORT, '--rw', 'write', '--against', 'node:fs', '--rounds', '2');
  t.deepEqual(
    record.engines.map(({ engine, rounds }) => [engine, rounds.length]),
    [
      ['linux-aio', 2],
      ['node:fs', 2],
    ],
  );
  for (const { total, rounds } of record.engines) {
    for (const measured of [total, ...rounds]) isConsistent(t, measured, 4096);
    t.is(
      total.operations,
      rounds.reduce((sum, { operations }) => sum + operations, 0),
    );
    t.is(total.read, undefined);
  }
  const [ours, other] = record.engines;
  const ratios = ours!.rounds.map(({ iops }, round) => iops / other!.rounds[round]!.iops);
  near(t, record.comparison!.median, (ratios[0]! + ratios[1]!) / 2, 1e-9, 'ratio');
});

test('for people it is a table and a histogram, and with --report a page', async (t) => {
  const place = await directory(t);
  const page = join(place, 'page.html');
  const options = ['--against', 'node:fs', '--rounds', '2', '--rw', 'randrw', '--report', page];
  const { code, stdout, stderr } = await patiently(['bench', place, ...SHORT, ...options]);
  t.is(code, 0, stderr);
  t.regex(stdout, /^randrw, 50 % reads, blocks of 4 KiB, depth 4, 1 job, (0\.3|\d+) s of 8 MiB\n/);
  t.regex(stdout, /linux-aio reads .*\n *linux-aio writes .*\n *node:fs reads .*\n *node:fs writes /);
  t.regex(stdout, /Latency of linux-aio's reads\n( +[\d.]+ \w+ - +[\d.]+ \w+ +[\d.]+ % {2}#+\n)+/);
  t.regex(stdout, /linux-aio did [\d.]+ times the operations of node:fs/);
  t.false(stdout.includes('\u001b'));
  const html = readFileSync(page, 'utf8');
  t.is(html.match(/<svg\b/g)?.length, 4);
  t.notRegex(html, /<(script|link|img|iframe|object|embed|image|base)\b/i);
  t.notRegex(html, /\b(src|srcset|(xlink:)?href)\s*=\s*(?!"#)/i);
  t.notRegex(html, /NaN|undefined/);
});

test('a file that does not exist is kept on request', async (t) => {
  const place = await directory(t);
  const path = join(place, 'made');
  const record = await bench(t, path, ...SHORT, '--rw', 'randwrite', '--keep');
  t.true(record.target.created);
  t.is(statSync(path).size, 8 << 20);
  t.false(readFileSync(path).equals(Buffer.alloc(8 << 20)));
});

for (const rw of ['randwrite', 'write', 'randrw', 'rw']) {
  test(`${rw} leaves an existing file alone, unless it is told twice`, async (t) => {
    const place = await directory(t);
    const { path, content } = fileOf(place, 'precious', 1 << 20);
    const options = ['--runtime', '100ms', '--ramp-time', '0', '--rw', rw];
    isOneLine(t, await cli(['bench', path, ...options]), 2, /precious: exists.*--overwrite/);
    isOneLine(t, await cli(['bench', path, ...options, '--force']), 2, /precious: exists.*--overwrite/);
    t.true(readFileSync(path).equals(content));
    const { code, stderr } = await patiently(['bench', path, ...options, '--overwrite']);
    t.is(code, 0, stderr);
    t.is(statSync(path).size, 1 << 20);
    t.false(readFileSync(path).equals(content));
  });
}

test('reads leave an existing file alone', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'precious', 1 << 20);
  for (const rw of ['read', 'randread']) {
    const record = await bench(t, path, '--rw', rw, '--runtime', '100ms', '--ramp-time', '0', '--overwrite');
    t.like(record.target, { created: false, size: 1 << 20 });
  }
  t.true(readFileSync(path).equals(content));
});

eachDevice('a block device is written to only where it is told three times', async (t, target) => {
  const content = Buffer.alloc(1 << 20, 'precious');
  const path = await scratchFile(t, target, content);
  const options = ['--rw', 'write', '--runtime', '100ms', '--ramp-time', '0', '--size', '1M'];
  for (const more of [[], ['--overwrite'], ['--force']]) {
    isOneLine(t, await cli(['bench', path, ...options, ...more]), 2, /exists.*--overwrite --force/);
  }
  t.true(
    readFileSync(path)
      .subarray(0, 1 << 20)
      .equals(content),
  );
  const record = await bench(t, path, ...options, '--overwrite', '--force');
  t.like(record.target, { kind: 'block-device', size: 1 << 20, created: false });
  t.false(
    readFileSync(path)
      .subarray(0, 1 << 20)
      .equals(content),
  );
});

test('a size that the file has not is wrong use', async (t) => {
  const { path } = fileOf(await directory(t), 'file', 1 << 20);
  isOneLine(t, await cli(['bench', path, '--size', '2M']), 2, /has 1 MiB, less than --size 2 MiB/);
});

test('a file that is less than one operation is one line', async (t) => {
  const { path } = fileOf(await directory(t), 'file', 100);
  isOneLine(t, await cli(['bench', path]), 1, /100 bytes are less than one operation of 4 KiB/);
});

test('operations that direct I/O does not take are wrong use [O_DIRECT]', async (t) => {
  const { path } = fileOf(await directory(t), 'file', 1 << 20);
  isOneLine(t, await cli(['bench', path, '--bs', '1000']), 2, /--bs 1000.*multiples of \d+ bytes/);
});

test('a file that has the page’s name stays as it is', async (t) => {
  const place = await directory(t);
  const { path, content } = fileOf(place, 'page', 100);
  isOneLine(t, await cli(['bench', place, ...SHORT, '--report', path]), 1, /exists already/);
  t.true(readFileSync(path).equals(content));
});

test('a page that cannot be written is told before the measurement', async (t) => {
  const place = await directory(t);
  const page = join(place, 'no/page.html');
  isOneLine(t, await cli(['bench', place, ...SHORT, '--report', page]), 1, /no such file or directory/);
  t.false(existsSync(join(place, 'no')));
  t.deepEqual(readdirSync(place), []);
});
