import { parseArgs } from 'node:util';
import { type LoadName, LOADS } from './protocol.js';
import { RISK } from './comparison.js';
import { refusedSums } from './signed-rank.js';

export const TARGETS = ['tmpfs', 'loop'] as const;
export type TargetName = (typeof TARGETS)[number];

/** What the user asks for. */
export interface Options {
  /** Revisions, or directories with a checkout. */
  base: string;
  head: string;
  /** Of new processes each. */
  rounds: number;
  /** Of each build in each cell of a round. */
  slices: number;
  /** Length of one, about. */
  seconds: number;
  /** Before the slices of a cell. */
  warmup: number;
  depths: number[];
  targets: readonly TargetName[];
  loads: readonly LoadName[];
  /** Bytes of each target. */
  size: number;
  /** What the head may be slower by, as a share. */
  tolerance: number;
  /** Per cent by which the head is slowed on purpose. */
  slowHead: number;
  /** Where the table and the raw data go. */
  output: string;
  /** A file of JSON lines to which the run is added. */
  history: string;
}

export const HELP = `npm run benchmark:compare -- BASE HEAD [OPTIONS]

Builds both, which are revisions or directories with a checkout, and measures them side by side. The exit code is 1
where the head is worse by more than chance explains.

  --rounds N            of new processes (14)
  --slices N            of each build in each cell of a round (8)
  --seconds S           length of a slice (0.025)
  --warmup S            before the slices of a cell (0.08)
  --depths N,...        operations under way (32,128)
  --targets T,...       tmpfs, loop (both)
  --loads L,...         ${LOADS.join(', ')} (all)
  --size MIB            of each target (64)
  --tolerance PERCENT   what the head may be worse by; more where the base differs from itself by more (3)
  --slow-head PERCENT   slows the head on purpose, to see that this is noticed (0)
  --output DIRECTORY    for the table and the raw data (.benchmark-scratch/compare)
  --history FILE        of JSON lines, to which the run is added (history.jsonl in the output's directory)
  --help`;

function number(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text !== '' && value >= least && value < Infinity) return value;
  throw new RangeError(`--${name} must be a number of at least ${least}: ${text}`);
}

function positive(name: string, text: string): number {
  return number(name, text, Number.MIN_VALUE);
}

function choice<Name extends string>(name: string, text: string, all: readonly Name[]): readonly Name[] {
  const wanted = text.split(',');
  const unknown = wanted.find((one) => !(all as readonly string[]).includes(one));
  if (unknown !== undefined) throw new RangeError(`--${name} are ${all.join(', ')}, not ${unknown}`);
  return all.filter((one) => wanted.includes(one));
}

/** @returns nothing when only the help is wanted. */
export function parseOptions(args?: string[]): Options | undefined {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  const { values, positionals } = parseArgs({
    ...(args && { args }),
    allowPositionals: true,
    options: {
      rounds: text('14'),
      slices: text('8'),
      seconds: text('0.025'),
      warmup: text('0.08'),
      depths: text('32,128'),
      targets: text(TARGETS.join()),
      loads: text(LOADS.join()),
      size: text('64'),
      tolerance: text('3'),
      'slow-head': text('0'),
      output: text('.benchmark-scratch/compare'),
      history: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [base, head, ...more] = positionals;
  if (base === undefined || head === undefined || more.length > 0)
    throw new RangeError('which two are to be compared?');
  const rounds = Math.ceil(positive('rounds', values.rounds));
  if (refusedSums(rounds, RISK) === 0)
    throw new RangeError(`${rounds} rounds are too few to tell anything from chance`);
  return {
    base,
    head,
    rounds,
    slices: Math.ceil(positive('slices', values.slices)),
    seconds: positive('seconds', values.seconds),
    warmup: positive('warmup', values.warmup),
    depths: values.depths.split(',').map((depth) => Math.ceil(positive('depths', depth))),
    targets: choice('targets', values.targets, TARGETS),
    loads: choice('loads', values.loads, LOADS),
    size: Math.ceil(positive('size', values.size)) * 2 ** 20,
    tolerance: number('tolerance', values.tolerance, 0) / 100,
    slowHead: number('slow-head', values['slow-head'], 0),
    output: values.output,
    history: values.history ?? `${values.output}/history.jsonl`,
  };
}
