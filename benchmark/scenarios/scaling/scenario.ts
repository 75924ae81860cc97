import { CEILING, ceiling } from '../../baselines/ceiling.js';
import type { Breadth, Contestant, Scenario } from '../../harness/contestant.js';
import type { Target, TargetName } from '../../harness/target.js';
import { fileSet, makeFiles } from './files.js';
import { OURS } from './line.js';

const BLOCK = 4096;
/** Operations in flight where it is not the depth that grows; with workers, of each. */
const DEPTH = 32;
/** From here on a wake-up is shared by so many operations that it costs each next to nothing. */
const DEEP = 64;

/** What grows. */
export type Growth = 'depth' | 'files' | 'workers';

interface Kind {
  /** What the number counts, and one of it. */
  axis: string;
  one: string;
  /** What the others are compared with: the number, and the targets of a usual and of a full run. */
  reference: number;
  usual: readonly TargetName[];
  full: readonly TargetName[];
  values: Record<Breadth, readonly number[]>;
}

const KINDS: Record<Growth, Kind> = {
  depth: {
    axis: 'in flight',
    one: 'in flight',
    reference: DEEP,
    usual: ['loop'],
    full: ['loop', 'disk'],
    values: { smoke: [DEEP], usual: [1, DEEP, 4096], full: [1, 4, 16, DEEP, 256, 1024, 4096] },
  },
  files: {
    axis: 'open files',
    one: 'open file',
    reference: 1,
    // A loop device holds no files.
    usual: ['tmpfs'],
    full: ['tmpfs', 'disk'],
    values: { smoke: [1, 100], usual: [1, 100, 10_000], full: [1, 10, 100, 1000, 10_000] },
  },
  workers: {
    axis: 'workers',
    one: 'worker',
    reference: 1,
    usual: ['loop'],
    full: ['loop', 'disk'],
    values: { smoke: [1, 2], usual: [1, 2, 8], full: [1, 2, 4, 8] },
  },
};

function nameOf(line: string, growth: Growth, value: number): string {
  const { axis, one } = KINDS[growth];
  return `${line}, ${value} ${value === 1 ? one : axis}`;
}

function ours(growth: Growth, value: number, program: (name: string) => string): Contestant {
  const { axis } = KINDS[growth];
  const command = (file: string, own: string[] = []) => ({
    file: process.execPath,
    arguments: [program(file), ...own],
  });
  const common = { name: nameOf(OURS, growth, value), at: { line: OURS, axis, value } };
  switch (growth) {
    case 'depth':
      return {
        ...common,
        summary: 'a promise for each operation',
        own: () => ({ depth: value }),
        command: () => command('scenarios/random/by-promise'),
      };
    case 'files':
      return {
        ...common,
        summary: `a promise for each operation, each in one of ${value} files, all of them open`,
        own: (target) => {
          const { directory, size } = fileSet(target, value, BLOCK);
          return { path: directory, size };
        },
        command: () => command('scenarios/scaling/by-file', ['--files', String(value)]),
      };
    case 'workers':
      return {
        ...common,
        summary: `a promise for each operation, ${value} threads with a queue each`,
        command: () => command('scenarios/scaling/by-worker', ['--workers', String(value)]),
      };
  }
}

/** The ceiling at the same depths: what grows with it, grows in the kernel. */
function ceilings(values: readonly number[], example: string): Contestant[] {
  const { axis } = KINDS.depth;
  return values.map((value) => ({
    ...ceiling(example),
    name: nameOf(CEILING, 'depth', value),
    at: { line: CEILING, axis, value },
    own: () => ({ depth: value }),
  }));
}

/**
 * Random reads of 4 KiB by contestants that differ in one number only. They are compared with each other in the same
 * round: what an operation costs is to stay the same.
 */
export function scaling(
  growth: Growth,
  breadth: Breadth,
  program: (name: string) => string,
  example: string,
): Scenario {
  const { reference, usual, full, values } = KINDS[growth];
  const depth = growth === 'depth' ? DEEP : DEPTH;
  const on = (targets: readonly TargetName[]): Record<TargetName, readonly number[]> => {
    const depths = (target: TargetName) => (targets.includes(target) ? [depth] : []);
    return { tmpfs: depths('tmpfs'), loop: depths('loop'), disk: depths('disk') };
  };
  const counts = values[breadth];
  return {
    name: `scaling-${growth}`,
    write: false,
    share: 0.25,
    rare: true,
    depths: { smoke: on(usual), usual: on(usual), full: on(full) },
    wide: () => false,
    block: BLOCK,
    reference: nameOf(OURS, growth, reference),
    contestants: [
      ...counts.map((value) => ours(growth, value, program)),
      ...(growth === 'depth' ? ceilings(counts, example) : []),
    ],
    ...(growth === 'files' && {
      prepare: async (target: Target, signal: AbortSignal) => {
        for (const count of counts) await makeFiles(fileSet(target, count, BLOCK), signal);
      },
    }),
  };
}
