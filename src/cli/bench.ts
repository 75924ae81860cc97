import { access, constants, lstat, writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { count, duration, size } from './arguments.js';
import { type Engine, type Job, type Pattern, PATTERNS, writes } from './bench/job.js';
import type { BenchRecord } from './bench/record.js';
import { measure } from './bench/run.js';
import { prepareTarget, USUAL_SIZE } from './bench/target.js';
import { benchText } from './bench/text.js';
import { Complaint, UsageComplaint } from './complaint.js';
import { Progress } from './progress.js';
import type { Session } from './session.js';
import { sizeText } from './sizes.js';
import { say, tell } from './tell.js';
import { SIZES } from './transfer.js';
import { version } from './version.js';

interface Flags {
  rw: Pattern;
  rwmixread: number;
  bs: number;
  iodepth: number;
  numjobs: number;
  runtime: number;
  rampTime: number;
  size?: number;
  rateIops?: number;
  against?: Engine;
  rounds?: number;
  overwrite?: true;
  force?: true;
  keep?: true;
  json?: true;
  report?: string;
  quiet?: true;
}

/** Rounds of each where two are compared. */
const ROUNDS = 5;

const HELP = `
TARGET is a file, a directory or a block device. A file that does not exist is made with --size (${sizeText(USUAL_SIZE)}), filled, and removed
afterwards; in a directory such a file is made. What exists is only read: to have an existing file written to, say so a second
time (--overwrite), of a block device a third (--overwrite --force). A device that is mounted is refused in any case.

The words are fio's, the defaults are not: --iodepth is 32. Each of --numjobs is a thread with a queue of its own; all work on the
same target, sequential ones from where their share of it begins. Random places may come twice before all have come once.
With --against the rounds alternate, and node:fs gets the same work: O_DIRECT, aligned memory, as many operations at a time.

--json has, for each of .engines, its .total and its .rounds: seconds, operations, bytes, iops, bytesPerSecond,
cpuMicrosPerOperation, depth (the mean of those in flight), and .read and .write with their .latency in microseconds, of which
.histogram holds pairs: so many operations up to so many microseconds.
${SIZES}

Examples:
  linux-aio bench .                                            random reads of 4 KiB on this directory's disk
  linux-aio bench /mnt --rw randrw --rwmixread 70 --size 1GiB  a mix, in a file that is removed again
  linux-aio bench big.db --against node:fs --rounds 7          side by side with node:fs
  linux-aio bench /dev/sdx --rw read --bs 1M --iodepth 8       how fast the disk reads in sequence
  linux-aio bench . --json | jq .engines[0].total.iops
  linux-aio bench . --against node:fs --report bench.html      with plots, in one file`;

export function addBench(program: Command, session: Session): void {
  program
    .command('bench')
    .summary('measures a disk')
    .description("Measures what a file's disk or a block device does, in fio's words.")
    .argument('<target>', 'a file, a directory, or a block device')
    .addOption(new Option('--rw <pattern>', 'what to do').choices(PATTERNS).default('randread'))
    .option('--rwmixread <percent>', 'reads among the operations of randrw and rw', count(0, 100), 50)
    .addOption(new Option('--bs <size>', 'bytes of one operation').argParser(size).default(4096, '4k'))
    .option('--iodepth <n>', 'operations in flight of each job', count(1, 4096), 32)
    .option('--numjobs <n>', 'threads', count(1, 64), 1)
    .addOption(new Option('--runtime <time>', 'length of a measurement').argParser(duration).default(5, '5s'))
    .addOption(
      new Option('--ramp-time <time>', 'the same work before it, not counted')
        .argParser(duration)
        .default(0.5, '500ms'),
    )
    .option('--size <size>', 'bytes of the target to use', size)
    .option('--rate-iops <n>', 'operations a second of each job at the most', count(1, 1e9))
    .addOption(new Option('--against <engine>', 'measure in turn with the same work by another').choices(['node:fs']))
    .option('--rounds <n>', `measurements of each (1; with --against ${ROUNDS})`, count(1, 1000))
    .option('--overwrite', 'an existing file may be written to: its content is lost')
    .option('--force', 'with --overwrite: so may a block device')
    .option('--keep', 'a file that was made stays')
    .option('--json', 'the result as JSON')
    .option('--report <file>', 'write a page with plots, too: a file that is not there yet')
    .option('-q, --quiet', 'no progress')
    .addHelpText('after', HELP)
    .action((target: string, flags: Flags) => bench(target, flags, session));
}

function jobOf(path: string, bytes: number, flags: Flags): Job {
  const { rw, rwmixread, bs, iodepth, numjobs, runtime, rampTime, rateIops } = flags;
  return {
    ...{
      path,
      pattern: rw,
      readPercent: rwmixread,
      blockSize: bs,
      depth: iodepth,
      threads: numjobs,
      runtime,
      rampTime,
    },
    ...{ size: bytes, rate: rateIops },
  };
}

/** Each operation in flight has memory of its own, and the kernel kills who takes all. */
function refuseWithoutMemory({ bs, iodepth, numjobs }: Flags): void {
  const wanted = bs * iodepth * numjobs;
  const free = availableMemory();
  if (wanted <= free / 2) return;
  const what = `--bs, --iodepth and --numjobs come to ${sizeText(wanted)} of memory`;
  throw new Complaint(`${what}, and ${sizeText(free)} are free`);
}

/** Bytes; what the page cache has can be had too, but Node 20.12 and before do not tell. */
function availableMemory(): number {
  const { availableMemory: available = freemem } = process as { availableMemory?: () => number };
  return available();
}

async function checkReport(path: string): Promise<void> {
  await access(dirname(path), constants.W_OK);
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) throw new Complaint(`${path} exists already: name another file for the report, or remove it`);
}

async function bench(path: string, flags: Flags, session: Session): Promise<void> {
  if (flags.runtime <= 0) throw new UsageComplaint('--runtime must be more than 0');
  refuseWithoutMemory(flags);
  const { signal } = session.interruption;
  const progress = new Progress(flags.quiet === true);
  const options = {
    ...{ writes: writes(flags.rw), overwrite: flags.overwrite === true, force: flags.force === true },
    ...{ keep: flags.keep === true, size: flags.size, blockSize: flags.bs },
  };
  let record: BenchRecord;
  // Before the work, whose result would have no place.
  if (flags.report !== undefined) await checkReport(flags.report);
  try {
    const target = await prepareTarget(path, options, signal, progress);
    try {
      const engines: Engine[] = ['linux-aio', ...(flags.against === undefined ? [] : [flags.against])];
      const rounds = flags.rounds ?? (engines.length > 1 ? ROUNDS : 1);
      const plan = { job: jobOf(target.path, target.size, flags), engines, rounds, version };
      record = await measure(plan, target, signal, progress);
    } finally {
      await target.release();
    }
  } finally {
    progress.stop();
  }
  say(flags.json ? JSON.stringify(record, null, 2) : benchText(record));
  if (flags.report === undefined) return;
  const { reportPage } = await import('./report/report.js');
  await writeFile(flags.report, reportPage(record), { flag: 'wx' });
  if (!flags.quiet) tell(`the report is in ${flags.report}`);
}
