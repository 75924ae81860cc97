import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { withKept } from '../../benchmark/report/documents.js';
import { inTime } from '../../benchmark/report/history.js';
import { keptPlots } from '../../benchmark/report/kept-plots.js';
import { readRecords } from '../../benchmark/report/records.js';
import { report } from '../../benchmark/report/report.js';
import { saveReports } from '../../benchmark/report/save.js';
import { benchmarkRecord, cell, growthCell, startUp, transferCell, twice } from '../support/benchmark-record.js';

const EARLY = '2026-01-02T03:04:05.678Z';
const LATE = '2026-02-03T04:05:06.789Z';

/** The identifiers of the figures that hold exactly one plot. */
function figuresOf(page: string): string[] {
  const figures = [...page.matchAll(/<figure id="([^"]*)">(.*?)<\/figure>/gs)];
  return figures.flatMap(([, id = '', content = '']) => (content.split('<svg').length === 2 ? [id] : []));
}

test('a report asks the network for nothing', (t) => {
  const page = report(benchmarkRecord(LATE), [benchmarkRecord(EARLY)]);
  t.notRegex(page, /<(script|link|img|iframe|object|embed|image|base)\b/i);
  t.notRegex(page, /\b(src|srcset|poster|data|action|(xlink:)?href)\s*=\s*(?!"#)/i, 'links lead within the page only');
  t.notRegex(page, /@import|url\((?!#)/i);
});

test('a report has one plot for each question that the run answers', (t) => {
  const figures = figuresOf(report(benchmarkRecord(LATE), [benchmarkRecord(EARLY)]));
  t.deepEqual(figures, [
    'iops-random-read-disk',
    'iops-random-read-loop',
    'ratio-random-read-disk',
    'ratio-random-read-loop',
    'cpu-random-read-disk',
    'cpu-random-read-loop',
    'latency-random-read-disk-1',
    'latency-random-read-disk-32',
    'latency-random-read-loop-32',
    'delay-ext4',
    'delay-xfs',
    'event-ext4',
    'event-xfs',
    'history-random-read-disk-depth-1',
    'history-random-read-disk-depth-32',
    'history-random-read-loop-depth-32',
  ]);
});

test('a report of a run without cells, without delays and without others before it has no plots of them', (t) => {
  const { cells, delays } = benchmarkRecord(LATE);
  t.deepEqual(figuresOf(report(benchmarkRecord(LATE, { cells: [] }))), [
    'delay-ext4',
    'delay-xfs',
    'event-ext4',
    'event-xfs',
  ]);
  const [first] = cells;
  first!.series.forEach(({ rounds }) => {
    rounds.forEach((round) => delete round.latency);
  });
  t.deepEqual(figuresOf(report(benchmarkRecord(LATE, { cells: [first!], delays: [] }))), [
    'iops-random-read-disk',
    'ratio-random-read-disk',
    'cpu-random-read-disk',
  ]);
  t.notThrows(() => report(benchmarkRecord(LATE, { cells: [], delays: delays.slice(0, 0) })));
});

test('what grows has a plot over its number, and start-up one of its own; neither has a history', (t) => {
  const changes = { cells: [growthCell(1)], delays: [], startUp: startUp([20, 22]) };
  const page = report(benchmarkRecord(LATE, changes), [benchmarkRecord(EARLY, changes)]);
  t.deepEqual(figuresOf(page), ['iops-scaling-files-tmpfs', 'cpu-scaling-files-tmpfs', 'start-up']);
  t.regex(page, /<th scope="col">1 open files<\/th>\s*<th scope="col">10 open files<\/th>/);
  t.notRegex(page, /class="legend">[^/]*linux-aio, 1/, 'lines are named, not their points');
});

test('what is moved has a table, and two plots for each scenario', (t) => {
  const disk = { ...transferCell('copy', 0.9, 0.6), place: 'disk' as const };
  const transfers = [transferCell('copy', 1.1, 0.3), disk, transferCell('serve', 1, 0.5)];
  const page = report(benchmarkRecord(LATE, { cells: [], delays: [], transfers }));
  t.deepEqual(figuresOf(page), ['rate-copy', 'rate-serve', 'gigabyte-copy', 'gigabyte-serve']);
  t.is(page.split('fill="var(--colour-').length > 4, true);
  t.regex(page, /<li>NOT REACHED: at least 1: linux-aio, blocks, 0\.90/);
  t.regex(page, /<h3>copy, loop, 1024 MiB<\/h3>\s*<p class="quiet">files &lt;b&gt;/);
  t.regex(page, /<dt>dd<\/dt>/);
});

test('every plot is named and described, and has its figures below it', (t) => {
  const page = report(benchmarkRecord(LATE));
  const plots = [...page.matchAll(/<svg\b[^>]*aria-labelledby="(\S+) (\S+)"[^>]*>/g)];
  t.is(plots.length, page.split('<svg').length - 1);
  for (const [, title = '', description = ''] of plots) {
    t.regex(page, new RegExp(`<title id="${title}">[^<]+</title><desc id="${description}">[^<]+</desc>`));
  }
  t.is(page.split(/<\/ul>\s*<details>\s*<summary>/).length - 1, plots.length);
});

test('names are text, wherever they stand', (t) => {
  const hostile = `<script>alert("it's")</script>`;
  const record = benchmarkRecord(LATE, { command: hostile, skipped: [{ name: hostile, reason: hostile }] });
  record.machine.cpu = hostile;
  for (const one of record.cells) {
    one.target = hostile as 'disk';
    one.scenario = hostile;
    one.series[1]!.contestant = hostile;
  }
  record.delays[0]!.filesystem = hostile;
  record.delays[0]!.load = hostile;
  const page = report(record, [{ ...record, machine: { ...record.machine, date: EARLY } }]);
  t.false(page.includes('<script'));
  t.true(page.includes('&lt;script&gt;alert(&quot;it&#39;s&quot;)&lt;/script&gt;'));
});

test('noise is told of', (t) => {
  const record = benchmarkRecord(LATE);
  t.notRegex(report(record), /class="warning"/);
  record.cells[0]!.series[0]!.rounds[0]!.stealPercent = 7;
  t.regex(report(record), /noisy in 1 of 6 cells/);
});

test('history is in the order of dates, and has each run once', (t) => {
  const [early, late] = [benchmarkRecord(EARLY), benchmarkRecord(LATE)];
  t.deepEqual(inTime([late, early, late]), [early, late]);
  const page = report(early, [late, early]);
  t.regex(
    page,
    /contestant<\/th>\s*<th scope="col">2026-01-02 0123456<\/th>\s*<th scope="col">2026-02-03 0123456<\/th>/,
  );
});

test("a run's reports lie beside its data and where they are asked for", async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'report-'));
  t.teardown(() => rm(directory, { recursive: true }));
  const record = benchmarkRecord(LATE);
  await writeFile(join(directory, 'late.json'), JSON.stringify(record));
  await writeFile(join(directory, 'early.json'), JSON.stringify(benchmarkRecord(EARLY)));
  t.deepEqual(
    (await readRecords(directory)).map(({ machine }) => machine.date),
    [EARLY, LATE],
  );
  const asked = join(directory, 'deeper', 'asked.html');
  const places = { json: join(directory, 'late.json'), keep: true, asked, history: directory };
  t.deepEqual(await saveReports(record, places), [join(directory, 'late.html'), asked]);
  t.is((await stat(asked)).size, (await stat(join(directory, 'late.html'))).size);
});

const README = `# A

<!-- benchmark:start -->

<!-- benchmark:end -->

<!-- transfers:start -->

<!-- transfers:end -->

## B
`;
const MOVED = benchmarkRecord(EARLY, { cells: [], transfers: [transferCell('stream-read', 1.5, 0.5)] });

test('bars that are not reached are told of the newest run that has them', async (t) => {
  const early = benchmarkRecord(EARLY, { cells: [32, 128].map((depth) => twice(cell('tmpfs', depth, 0.5))) });
  const late = benchmarkRecord(LATE, { cells: [twice(cell('tmpfs', 32))] });
  const empty = '<!-- bars:start -->\n\n<!-- bars:end -->\n';
  const text = await withKept('docs/bars.md', empty, [late, early]);
  t.regex(text, /^2 of 4 that are ratios are reached/m);
  t.regex(
    text,
    /batches \/ ceiling, operations a second +\| at least 0\.95 \| depth 128: 0\.47 \(0\.47-0\.47\) +\| +2026-01-02/,
  );
  t.regex(text, /promises \/ ceiling, .* \| at least 0\.85 \| depth 128: 0\.45/);
  t.notRegex(text, /depth 32/);
  const noisy = { ...twice(cell('tmpfs', 32, 0.5)), stealPercent: [9] };
  const later = benchmarkRecord('2026-03-04T05:06:07.890Z', { cells: [noisy] });
  t.regex(await withKept('docs/bars.md', text, [early, later, late]), /depth 32: 0\.47 \(0\.47-0\.47\) \(noisy\)/);
});

test('plots for documents stand alone, and each is of the newest run that has one', (t) => {
  const depths = [1, 8, 32].map((depth) => cell('loop', depth));
  const early = benchmarkRecord(EARLY, { cells: [...depths, growthCell(2)], delays: [] });
  const late = benchmarkRecord(LATE, { cells: depths.slice(1) });
  const plots = keptPlots([late, early]);
  t.deepEqual(
    plots.map(({ name }) => name),
    ['iops-random-read-loop', 'cpu-random-read-loop', 'cpu-scaling-files-tmpfs', 'event-ext4', 'event-xfs'].map(
      (name) => `docs/plots/${name}.svg`,
    ),
  );
  for (const { text } of plots) {
    t.is(text.split('<svg').length, 2);
    t.regex(text, /^<svg\s+xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    t.regex(text, /prefers-color-scheme: dark/);
    t.regex(text, /<title id=/);
    t.notRegex(text, /<(script|image|foreignObject|use)\b|\bhref=|@import|url\((?!#)/i);
  }
  t.regex(plots[0]!.text, />2026-01-02</);
  t.regex(plots.at(-1)!.text, />2026-02-03</);
});

test("the README has the newest run's figures, and another run's are told from them", async (t) => {
  const early = benchmarkRecord(EARLY, { cells: [cell('disk', 1, 0.5)], transfers: [] });
  const late = benchmarkRecord(LATE, { transfers: [] });
  const delaysOnly = benchmarkRecord('2026-12-31T00:00:00.000Z', { cells: [], transfers: [] });
  const text = await withKept('README.md', README, [late, delaysOnly, early, MOVED]);
  t.is(await withKept('README.md', README, [MOVED, late]), text);
  t.regex(
    text,
    /\| disk, 32 +\| +0\.95 \(0\.95-0\.95\) \| +0\.90 \(0\.90-0\.90\) \| +4\.5 \(4\.5-4\.5\) \| O_DIRECT +\| +0 of 3 \|/,
  );
  t.regex(text, /\| stream-read, loop \| blocks \| 3000 \| +1\.50 \(1\.50-1\.50\) \| dd +\|/);
  t.regex(text, /## B\n$/);
  t.is(await withKept('README.md', text, [MOVED, late]), text, 'nothing to do the second time');
  t.not(await withKept('README.md', text, [MOVED, early]), text);
  t.not(await withKept('README.md', text.replace('0.95', '0.96'), [MOVED, late]), text.replace('0.95', '0.96'));
});

test('what the newest run has not, the one before it tells', async (t) => {
  const late = benchmarkRecord(LATE, { cells: [cell('disk', 1)], transfers: [] });
  const early = benchmarkRecord(EARLY, { cells: [cell('disk', 32), cell('loop', 32)], transfers: [] });
  const text = await withKept('README.md', README, [early, MOVED, late]);
  t.regex(text, /^\| disk, 1 +\|/m);
  t.regex(text, /^\| disk, 1 .*\n\| disk, 32 .*\n\| loop, 32 /m);
  t.regex(text, /^\| loop, 32 +\|/m);
  t.regex(text, /^disk, 1: `/m);
  t.regex(text, /^disk, 32; loop, 32: `/m);
});

test('a run of chosen contestants tells only what no other does', async (t) => {
  const whole = benchmarkRecord(EARLY, { cells: [cell('disk', 1, 0.5)], transfers: [] });
  const chosen = benchmarkRecord(LATE, { cells: [cell('disk', 1), cell('disk', 8)], transfers: [] });
  chosen.options.only = ['fio'];
  const text = await withKept('README.md', README, [chosen, whole, MOVED]);
  t.is(text.split('| disk, 1 ').length, 2);
  t.regex(text, /disk, 1: `[^`]*`, 2026-01-02/);
  t.regex(text, /disk, 8: `[^`]*`, 2026-02-03/);
});

test('without markers, or without a run, there is no README', async (t) => {
  const late = benchmarkRecord(LATE, { transfers: [] });
  await t.throwsAsync(withKept('README.md', '# A\n', [MOVED, late]), { message: /benchmark:start/ });
  await t.throwsAsync(withKept('README.md', README, [MOVED]), { message: /no kept run.*benchmark$/ });
  await t.throwsAsync(withKept('README.md', README, [late]), { message: /no kept run.*transfers$/ });
});

test('where fio took part, it has a column', async (t) => {
  const one = cell('disk', 32);
  one.series.push({ ...one.series[2]!, contestant: 'fio libaio' });
  const text = await withKept('README.md', README, [MOVED, benchmarkRecord(LATE, { cells: [one], transfers: [] })]);
  t.regex(text, /promises \/ fio/);
  t.regex(text, /1\.00 \(1\.00-1\.00\)/);
});
