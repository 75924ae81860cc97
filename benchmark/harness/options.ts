import { parseArgs } from 'node:util';
import type { Breadth } from './contestant.js';
import { scenarios } from '../scenarios/scenarios.js';
import { TRANSFERS } from '../scenarios/transfer/cell.js';
import type { TargetName } from './target.js';

/** What the user asks for. */
export interface Options {
  scenarios: string[];
  rounds: number;
  /** Length of a measurement, and of the work before it. */
  seconds: number;
  warmup: number;
  /** Bytes of each target. */
  size: number;
  /** Depths instead of the scenario's own; `all`: those of a full run. */
  depths?: number[] | 'all';
  targets: TargetName[];
  /** Parts of the names of the contestants to run, besides the reference. */
  only: string[];
  cpus?: string;
  /** Operations that each contestant checks before it is measured. */
  verify: number;
  /** Whether the record goes to `benchmark/runs`. */
  keep: boolean;
  /** Where else the report goes. */
  report?: string;
  breadth: Breadth;
}

const SCENARIOS = [
  ...scenarios('usual', (name) => name, '').map(({ name }) => name),
  'start-up',
  'loop-delay',
  ...TRANSFERS,
];

const TARGETS: readonly TargetName[] = ['tmpfs', 'loop', 'disk'];

export const HELP = `npm run benchmark -- [SCENARIO...] [OPTIONS]

Scenarios, by name or by how it begins (sequential, scaling-depth); by default all but chunks, batch-mode, scaling, writes
of large blocks, blocks of 128 KiB and whole files (stream, copy, serve), at the depths and with the contestants that say
most. Up to twice as long as is said where other machines take much of the processor time:

  ${SCENARIOS.join('\n  ')}

  --quick           rounds of 0.5 s on 256 MiB, for a first look
  --full            all contestants at all depths, and all filesystems
  --smoke           only sees that everything runs and that the bytes are right
  --rounds N        rounds of each contestant (7)
  --seconds S       length of a round (2)
  --warmup S        the same work before it (0.3)
  --size MIB        of each target (1024)
  --depths N,...    instead of the scenario's own; all: those of a full run
  --targets T,...   of ${TARGETS.join(', ')} (all)
  --only NAME;...   contestants whose name contains one of these, besides the reference (names hold commas)
  --cpus LIST       runs every contestant on these CPUs, as taskset(1) takes them
  --keep            leaves the record in benchmark/runs instead of .benchmark-scratch/runs
  --report FILE     leaves the report, one page of HTML, there too
  --help`;

function positive(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`--${name} must be a number above 0: ${text}`);
  return value;
}

const list = (text: string | undefined, fallback: string[]) => text?.split(',').filter(Boolean) ?? fallback;

/** Whether a scenario is among those that the user names, by their names or by what these begin with. */
export function isNamed(scenario: string, names: readonly string[]): boolean {
  return names.some((name) => scenario === name || scenario.startsWith(`${name}-`));
}

/** @returns nothing when only the help is wanted. */
export function parseOptions(): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: flag,
      smoke: flag,
      full: flag,
      keep: flag,
      help: flag,
      rounds: text,
      seconds: text,
      warmup: text,
      size: text,
      depths: text,
      targets: text,
      only: text,
      cpus: text,
      report: text,
    },
  });
  if (values.help) return undefined;
  const unheard = positionals.filter((name) => !SCENARIOS.some((scenario) => isNamed(scenario, [name])));
  if (unheard.length > 0) throw new RangeError(`unknown scenario: ${unheard.join(', ')}`);
  const [seconds, warmup, mebibytes, rounds] = values.smoke
    ? [0.1, 0.05, 16, 1]
    : values.quick
      ? [0.5, 0.2, 256, 7]
      : [2, 0.3, 1024, 7];
  const options: Options = {
    scenarios: positionals,
    rounds: Math.ceil(positive('rounds', values.rounds, rounds)),
    seconds: positive('seconds', values.seconds, seconds),
    warmup: positive('warmup', values.warmup, warmup),
    size: Math.ceil(positive('size', values.size, mebibytes)) * 2 ** 20,
    targets: list(values.targets, [...TARGETS]) as TargetName[],
    only: values.only?.split(';').filter(Boolean) ?? [],
    verify: values.smoke ? 512 : 4096,
    keep: values.keep,
    breadth: values.smoke ? 'smoke' : values.full ? 'full' : 'usual',
  };
  const unknown = options.targets.filter((target) => !TARGETS.includes(target));
  if (unknown.length > 0) throw new RangeError(`unknown target: ${unknown.join(', ')}`);
  if (values.depths !== undefined)
    options.depths =
      values.depths === 'all' ? 'all' : list(values.depths, []).map((depth) => positive('depths', depth, 1));
  if (values.cpus !== undefined) options.cpus = values.cpus;
  if (values.report !== undefined) options.report = values.report;
  return options;
}
