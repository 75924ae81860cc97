import { painter } from '../colours.js';
import { figuresTable } from '../table.js';
import type { Latency } from './latency.js';
import type { BenchRecord, EngineRecord } from './record.js';
import { engineRows, HEAD } from './rows.js';
import { jobText, targetText } from './words.js';

/** Characters of the longest bar of a histogram. */
const BAR = 40;
/** A row of the histogram holds this share of the operations at least, or is told with its neighbours. */
const SHOWN = 0.0005;

/** A line for each doubling of the latency, as long as its share of the operations. */
function histogramLines({ histogram }: Latency, operations: number): string[] {
  const octaves = new Map<number, number>();
  for (const [upTo, count] of histogram) {
    const octave = Math.ceil(Math.log2(upTo));
    octaves.set(octave, (octaves.get(octave) ?? 0) + count);
  }
  const most = Math.max(...octaves.values());
  const few = [...octaves.values()].filter((count) => count < operations * SHOWN);
  const lines = [...octaves].flatMap(([octave, count]) => {
    if (count < operations * SHOWN) return [];
    const range = `${timeText(2 ** (octave - 1))} - ${timeText(2 ** octave)}`.padStart(20);
    const share = `${((count / operations) * 100).toFixed(1)} %`.padStart(7);
    return [`  ${range} ${share}  ${'#'.repeat(Math.ceil((count / most) * BAR))}`];
  });
  const others = few.reduce((sum, count) => sum + count, 0);
  if (others === 0) return lines;
  return [...lines, `  ${others === 1 ? '1 operation is' : `${others} operations are`} in other rows`];
}

function timeText(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} s`;
  if (value >= 1000) return `${(value / 1000).toFixed(value >= 1e4 ? 0 : 1)} ms`;
  return `${value < 1 ? value.toFixed(2) : value} us`;
}

function histograms(engines: readonly EngineRecord[], bold: (text: string) => string): string[] {
  return engines.flatMap(({ engine, total: { read, write } }) =>
    [
      ['reads', read],
      ['writes', write],
    ].flatMap(([what, side]) => {
      if (typeof side !== 'object') return [];
      const title = bold(`Latency of ${engine}'s ${what as string}`);
      return ['', title, ...histogramLines(side.latency, side.operations)];
    }),
  );
}

/** The result for people. */
export function benchText(record: BenchRecord): string {
  const paint = painter(process.stdout);
  const bold = (text: string): string => paint('bold', text);
  const { engines, comparison, notes, machine } = record;
  const lines = [bold(jobText(record)), targetText(record), '', figuresTable(HEAD, engines.flatMap(engineRows))];
  lines.push(...histograms(engines, bold));
  if (comparison !== undefined) {
    const { to, median, min, max } = comparison;
    const range = `${min.toFixed(2)} to ${max.toFixed(2)}`;
    lines.push(
      '',
      bold(`linux-aio did ${median.toFixed(2)} times the operations of ${to} (median of the rounds, ${range})`),
      `${to} is on ${machine.threadPool} threads, which UV_THREADPOOL_SIZE sets`,
    );
  }
  lines.push(...notes.flatMap((note) => ['', `Note: ${note}`]));
  return lines.join('\n');
}
