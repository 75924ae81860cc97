import { createHash } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { fillPattern } from '../../benchmark/harness/pattern.js';
import { Answers } from '../../benchmark/scenarios/serve/answers.js';
import { nginxConfiguration, nginxReads } from '../../benchmark/scenarios/serve/nginx-configuration.js';
import { CLIENTS, rangeOf } from '../../benchmark/scenarios/serve/requests.js';
import { bestRival, cheapestNodeFs, judgeTransfer } from '../../benchmark/scenarios/transfer/bars.js';
import type { TransferCell } from '../../benchmark/scenarios/transfer/cell.js';
import type { Contestant, Transfer } from '../../benchmark/scenarios/transfer/contestant.js';
import { checkFile, patternHash, writePeriodic } from '../../benchmark/scenarios/transfer/files.js';
import { measureTransfer } from '../../benchmark/scenarios/transfer/measure.js';
import { fillPeriodic, PERIOD } from '../../benchmark/scenarios/transfer/periodic.js';
import { parseTimes, shellText } from '../../benchmark/scenarios/transfer/times.js';
import {
  transferFigures,
  transferFindings,
  transferMarkdown,
  transferTable,
} from '../../benchmark/scenarios/transfer/table.js';
import { transferCell } from '../support/benchmark-record.js';

const MIB = 2 ** 20;

const results = (cell: TransferCell) => judgeTransfer(cell).map(({ field, result }) => [field, result]);

test('ours are compared with the fastest rival, and with the cheapest node:fs', (t) => {
  const cell = transferCell('copy', 1.1, 0.3);
  t.is(bestRival(cell)?.contestant, 'dd');
  t.is(cheapestNodeFs(cell)?.contestant, 'node:fs, 1 MiB');
});

test('reads and copies are to be as fast as the best, and take half of the CPU time', (t) => {
  for (const scenario of ['stream-read', 'copy'] as const) {
    t.deepEqual(results(transferCell(scenario, 1.1, 0.3)), [
      ['bytes a second', 'reached'],
      ['CPU time', 'reached'],
    ]);
    t.deepEqual(results(transferCell(scenario, 0.9, 0.6)), [
      ['bytes a second', 'NOT REACHED'],
      ['CPU time', 'NOT REACHED'],
    ]);
    t.deepEqual(results(transferCell(scenario, 0.999, 0.3))[0], ['bytes a second', 'NOT REACHED']);
  }
});

test('CPU time is judged beside the set-up of node:fs that does the same, where there is one', (t) => {
  const cell = transferCell('stream-write', 1, 0.55);
  t.deepEqual(results(cell), [['CPU time', 'NOT REACHED']]);
  cell.series[0]!.counterpart = 'node:fs, 64 KiB';
  t.deepEqual(results(cell), [['CPU time', 'reached']]);
  t.is(judgeTransfer(cell)[0]!.comparison.to, 'node:fs, 64 KiB');
});

test('a bar that the median misses and the interval includes is reached by that alone', (t) => {
  const cell = transferCell('copy', 1, 0.3);
  // Three rounds of six are slower: the median of the ratios is below 1.
  [0.9, 0.95, 0.96, 0.97, 1.2, 1.3].forEach((share, index) => (cell.series[0]!.rounds[index]!.seconds /= share));
  t.deepEqual(results(cell)[0], ['bytes a second', 'reached, by its interval alone']);
});

test('what is written or served has no rival to be as fast as, but costs half', (t) => {
  for (const scenario of ['stream-write', 'serve'] as const) {
    t.deepEqual(results(transferCell(scenario, 0.5, 0.4)), [['CPU time', 'reached']]);
  }
});

test('of few rounds nothing is said', (t) => {
  const cell = transferCell('copy', 0.5, 3);
  for (const series of cell.series) series.rounds.length = 4;
  t.deepEqual(judgeTransfer(cell), []);
  t.is(transferFigures(cell).rows[0]![4], '-');
});

test('a table has a line for everybody, with rate, ratios, verdict and CPU time', (t) => {
  const { head, rows } = transferFigures(transferCell('copy', 0.5, 0.5));
  t.deepEqual(rows[0], [
    'linux-aio, blocks',
    '1000',
    '980-1020',
    '0.50 (0.50-0.50)',
    'slower',
    '0.200',
    '0.50 (0.50-0.50)',
    '0.93',
    '1.0',
    '0.0',
  ]);
  t.deepEqual(
    rows.map(([name, , , rate, verdict]) => [name, rate, verdict]),
    [
      ['linux-aio, blocks', '0.50 (0.50-0.50)', 'slower'],
      ['node:fs, 64 KiB', '0.50 (0.50-0.50)', 'slower'],
      ['node:fs, 1 MiB', '0.45 (0.45-0.45)', 'slower'],
      ['dd', '1', '-'],
    ],
  );
  t.is(head.length, rows[0]!.length);
});

test('only what is served has first bytes', (t) => {
  const names = (cell: TransferCell) => transferFigures(cell).head.join('|');
  t.regex(names(transferCell('serve', 1, 1)), /first byte/);
  t.notRegex(names(transferCell('copy', 1, 1)), /first byte/);
});

test('load and steal are told of, and rounds that were made again', (t) => {
  const cell = transferCell('copy', 1, 0.4);
  const before = transferFindings(cell).length;
  t.is(transferFindings(cell).at(-1), 'load average before each measurement: 1.0, at most 1.0');
  cell.stealPercent[2] = 9;
  cell.series[0]!.discarded.push(cell.series[0]!.rounds[0]!);
  t.deepEqual(transferFindings(cell).slice(before), [
    '1 rounds were made again, since more than 5 % was stolen',
    'NOISY: in 1 of 6 rounds more than 5 % was stolen',
  ]);
  t.regex(transferMarkdown(cell), /^\| contestant \| MB\/s median \|/);
  t.regex(transferTable(cell), /linux-aio, blocks/);
});

const TIMED = 'timed 0.251 0.003 0.120\n';
const DD = '256+0 records in\n256+0 records out\n268435456 bytes (268 MB, 256 MiB) copied, 0.249178 s, 1.1 GB/s\n';

test("what took how long is bash's to say, or dd's own", (t) => {
  t.deepEqual(parseTimes(TIMED), { seconds: 0.251, cpuSeconds: 0.123 });
  t.deepEqual(parseTimes(DD + TIMED), { seconds: 0.249178, cpuSeconds: 0.123, copied: 268435456 });
  t.is(parseTimes(`1 byte copied, 9e-05 s, 11.1 kB/s\n${DD.replace('0.249178', '2.5e-01')}${TIMED}`).seconds, 0.25);
  t.throws(() => parseTimes(DD), { message: /timed nothing/ });
});

test('a command is shown with its paths', (t) => {
  t.is(shellText('cp "$1" "$2" && sync "$2"', ['/a', '/b']), 'cp /a /b && sync /b');
});

const head = (length: number) => `HTTP/1.1 206 Partial Content\r\nServer: a\r\nContent-Length: ${length}\r\n\r\n`;

test('answers are told apart, in whatever pieces they come', (t) => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 });
  const cuts = fc.array(fc.nat(), { maxLength: 12 });
  fc.assert(
    fc.property(bodies, cuts, (sent, places) => {
      const stream = Buffer.concat(sent.flatMap((body) => [Buffer.from(head(body.length)), Buffer.from(body)]));
      const got: Buffer[] = [];
      let body = Buffer.alloc(0);
      const answers = new Answers({
        body: (bytes) => (body = Buffer.concat([body, bytes])),
        end: () => {
          got.push(body);
          body = Buffer.alloc(0);
        },
      });
      const ends = [...places.map((place) => place % (stream.length + 1)), stream.length].sort((a, b) => a - b);
      ends.reduce((from, to) => {
        answers.push(stream.subarray(from, to));
        return to;
      }, 0);
      t.deepEqual(
        got.map((one) => [...one]),
        sent.map((one) => [...one]),
      );
    }),
  );
});

test('an answer that is no part of a file is refused', (t) => {
  const push = (text: string) => () => {
    new Answers({ body: () => undefined, end: () => undefined }).push(Buffer.from(text));
  };
  t.throws(push('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde'), { message: /no part/ });
  t.throws(push('HTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\n\r\n'), { message: /no part/ });
  t.throws(push('x'.repeat(20_000)), { message: /without an end/ });
});

test('clients fetch all of a file in whole ranges', (t) => {
  for (const size of [16 * MIB, 256 * MIB, 1024 * MIB]) {
    t.is((size / CLIENTS) % rangeOf(size), 0, `${size}`);
    t.is(rangeOf(size) % 4, 0);
  }
});

test('nginx reads past the page cache, asynchronously, as well as it can', (t) => {
  const settings = { root: '/files', scratch: '/scratch', port: 1234, more: 'output_buffers 2 512k;' };
  const text = nginxConfiguration({ ...settings, aio: 'on' });
  for (const line of ['directio 512; aio on; output_buffers 2 512k;', 'listen 127.0.0.1:1234;', 'root /files;']) {
    t.true(text.includes(line), line);
  }
  t.is(nginxReads('configure arguments: --with-threads --with-file-aio'), 'on');
  t.is(nginxReads('configure arguments: --with-threads'), 'threads');
  t.is(nginxReads('configure arguments: --with-debug'), undefined);
});

test('what a stream writes begins anew after a period, and is found to be right or wrong', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'transfers-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const path = join(directory, 'file');
  await writePeriodic(path, PERIOD + 2 * MIB);
  await checkFile(path, PERIOD + 2 * MIB, PERIOD);
  await t.throwsAsync(checkFile(path, PERIOD + 2 * MIB), { message: new RegExp(`at ${PERIOD} `) });
  await t.throwsAsync(checkFile(path, PERIOD, PERIOD), { message: /bytes, not/ });
  const file = await open(path, 'r+');
  await file.write(Buffer.from([1]), 0, 1, 5 * MIB + 4000);
  await file.close();
  await t.throwsAsync(checkFile(path, PERIOD + 2 * MIB, PERIOD), { message: new RegExp(`at ${5 * MIB + 4000} `) });
  const [one, other] = [Buffer.alloc(64), Buffer.alloc(64)];
  fillPeriodic(one, PERIOD + 128);
  fillPattern(other, 128);
  t.deepEqual(one, other);
});

test("the pattern's hash is that of a file of it", (t) => {
  const content = Buffer.allocUnsafeSlow(2.5 * MIB);
  fillPattern(content, 0);
  t.is(patternHash(content.length), createHash('sha256').update(content).digest('hex'));
});

/** Moves so many bytes in no time, and notes what is done. */
function fake(name: string, bytes: number, did: string[], check?: () => Promise<void>): Contestant {
  return {
    name,
    summary: '',
    side: 'other',
    command: name,
    move: (watch) => {
      watch.begins();
      did.push(name);
      watch.ends();
      return Promise.resolve({ bytes, seconds: 0.001, cpuSeconds: 0.001 });
    },
    ...(check && { check }),
  };
}

const noting = (notes: string[], note: string) => () => {
  notes.push(note);
  return Promise.resolve();
};

const WHAT = { scenario: 'copy', place: 'disk', where: '' } as const;
const measure = (transfer: Transfer, breadth: 'usual' | 'smoke' = 'usual') =>
  measureTransfer(WHAT, transfer, { rounds: 3, breadth }, new AbortController().signal, () => undefined);

test('everybody is checked, and takes part in each round once', async (t) => {
  const did: string[] = [];
  const checked: string[] = [];
  const contestants = [fake('a', 8, did, noting(checked, 'a')), fake('b', 8, did), fake('c', 8, did)];
  const prepared: string[] = [];
  const transfer = { bytes: 8, contestants, prepare: noting(prepared, 'prepared') };
  const cell = await measure(transfer);
  t.deepEqual(checked, ['a']);
  const sweeps = did.length;
  t.is(prepared.length, sweeps + 1, 'a is checked by other means');
  t.deepEqual(did.slice(0, 2), ['b', 'c'], 'the others by what they leave');
  for (let begin = 2; begin < did.length; begin += 3) t.deepEqual(did.slice(begin, begin + 3).sort(), ['a', 'b', 'c']);
  t.deepEqual(
    cell.series.map(({ rounds }) => rounds.length),
    [3, 3, 3],
  );
});

test('a smoke run inspects what each round has left, without another pass', async (t) => {
  const did: string[] = [];
  const inspected: string[] = [];
  const transfer = {
    bytes: 8,
    contestants: [fake('b', 8, did)],
    prepare: () => Promise.resolve(),
    inspect: noting(inspected, 'inspected'),
  };
  await measure(transfer, 'smoke');
  t.is(inspected.length, did.length);
});

test('who moves too little, or leaves what is wrong, ends the run', async (t) => {
  const prepare = () => Promise.resolve();
  await t.throwsAsync(measure({ bytes: 9, contestants: [fake('b', 8, [])], prepare }), { message: /8 of 9/ });
  const inspect = () => Promise.reject(new Error('wrong bytes'));
  await t.throwsAsync(measure({ bytes: 8, contestants: [fake('b', 8, [])], prepare, inspect }), {
    message: /^b: wrong bytes/,
  });
  const check = () => Promise.reject(new Error('other bytes'));
  await t.throwsAsync(measure({ bytes: 8, contestants: [fake('b', 8, [], check)], prepare }), {
    message: /other bytes/,
  });
});
