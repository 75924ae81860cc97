import { parseArgs } from 'node:util';

/** What one contestant does in one process. Every contestant takes it as the same options. */
export interface Job {
  /** A file or a block device. */
  path: string;
  /** Bytes of it to read from. */
  size: number;
  /** Operations in flight. */
  depth: number;
  /** Bytes of one operation. */
  block: number;
  /** Length of the measurement. */
  seconds: number;
  /** Length of the same work before it, not counted, in seconds. */
  warmup: number;
  /** Of the sequence of positions, 32 bits. */
  seed: number;
  /** Instead of a measurement: so many operations, each checked against the pattern. */
  verify?: number;
}

/** The options of `ceiling` and of every contestant written in TypeScript. */
export function jobArguments(job: Job): string[] {
  const { verify, ...rest } = job;
  const options = Object.entries(verify === undefined ? rest : { ...rest, verify });
  return [...options.flatMap(([name, value]) => [`--${name}`, String(value)]), '--json'];
}

/** The job of this process, and the contestant's own options by name. */
export function parseJob(own: readonly string[] = []): { job: Job; own: Record<string, string | undefined> } {
  const names = ['path', 'size', 'depth', 'block', 'seconds', 'warmup', 'seed', 'verify', ...own];
  const { values } = parseArgs({
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      json: { type: 'boolean' },
    },
  });
  const texts = values as Record<string, string | undefined>;
  const number = (name: string): number => {
    const value = Number(texts[name]);
    if (!Number.isFinite(value)) throw new TypeError(`--${name} is not a number: ${texts[name]}`);
    return value;
  };
  const job: Job = {
    path: texts.path ?? '',
    size: number('size'),
    depth: number('depth'),
    block: number('block'),
    seconds: number('seconds'),
    warmup: number('warmup'),
    seed: number('seed'),
  };
  if (texts.verify !== undefined) job.verify = number('verify');
  return { job, own: Object.fromEntries(own.map((name) => [name, texts[name]])) };
}
