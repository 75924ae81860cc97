import { parseArgs } from 'node:util';

/** What one contestant does in one process. Every contestant takes it as the same options. */
export interface Job {
  /** A file or a block device. */
  path: string;
  /** Bytes of it to read from or to overwrite. */
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
  /** Whether blocks are overwritten rather than read. */
  write: boolean;
  /** Whether positions follow each other, from the beginning and again; otherwise they are random. */
  sequential: boolean;
  /** Instead of a measurement: so many operations, each with the pattern, which is checked. */
  verify?: number;
}

/** The options of `ceiling` and of every contestant written in TypeScript. */
export function jobArguments(job: Job): string[] {
  const { verify, write, sequential, ...rest } = job;
  const options = Object.entries(verify === undefined ? rest : { ...rest, verify });
  const flags = [...(write ? ['--write'] : []), ...(sequential ? ['--sequential'] : []), '--json'];
  return [...options.flatMap(([name, value]) => [`--${name}`, String(value)]), ...flags];
}

/** The job of this process, and the contestant's own options by name. */
export function parseJob(own: readonly string[] = []): { job: Job; own: Record<string, string | undefined> } {
  const names = ['path', 'size', 'depth', 'block', 'seconds', 'warmup', 'seed', 'verify', ...own];
  const {
    values: { write, sequential, ...others },
  } = parseArgs({
    options: {
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
      json: { type: 'boolean' },
      write: { type: 'boolean', default: false },
      sequential: { type: 'boolean', default: false },
    },
  });
  const texts = others as Record<string, unknown> as Record<string, string | undefined>;
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
    write,
    sequential,
  };
  if (texts.verify !== undefined) job.verify = number('verify');
  return { job, own: Object.fromEntries(own.map((name) => [name, texts[name]])) };
}
