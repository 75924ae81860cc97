import type { Job } from '../harness/job.js';

/** What we want of fio's report. */
export interface Report {
  operations: number;
  seconds: number;
  /** User and system time of the job's process, of its running time. */
  cpuPercent: number;
  switches: number;
}

interface Direction {
  total_ios: number;
  short_ios: number;
  io_bytes: number;
  /** Milliseconds. */
  runtime: number;
}

interface FioJob {
  error: number;
  read: Direction;
  write: Direction;
  usr_cpu: number;
  sys_cpu: number;
  ctx: number;
}

/** A job as options of fio, without anything that costs it time which the others do not spend. */
export function fioArguments(job: Job, engine: string, batch: number | undefined): string[] {
  const common = {
    name: 'rival',
    // fio takes several files, separated by colons.
    filename: job.path.replaceAll(':', '\\:'),
    size: job.size,
    bs: job.block,
    rw: `${job.sequential ? '' : 'rand'}${job.write ? 'write' : 'read'}`,
    direct: 1,
    ioengine: engine,
    randseed: job.seed,
    'output-format': 'json',
    iodepth: job.depth,
    ...(batch !== undefined && {
      iodepth_batch_submit: batch,
      iodepth_batch_complete_min: 1,
      iodepth_batch_complete_max: job.depth,
    }),
  };
  const measured = {
    time_based: 1,
    runtime: `${Math.round(job.seconds * 1000)}ms`,
    ramp_time: `${Math.round(job.warmup * 1000)}ms`,
    // No map of what was read already, no clock read for each operation, buffers filled once.
    norandommap: 1,
    gtod_reduce: 1,
    scramble_buffers: 0,
    exec_prerun: '(echo begun >&3)',
  };
  const checked = {
    io_size: (job.verify ?? 0) * job.block,
    ...(job.write && { verify: 'crc32c', do_verify: 1, verify_fatal: 1 }),
  };
  const options = Object.entries({ ...common, ...(job.verify === undefined ? measured : checked) });
  return options.map(([name, value]) => `--${name}=${value}`);
}

/** Reads the report, which may have lines of other kind before it. Throws where it tells of errors or short operations. */
export function parseReport(text: string, job: Job): Report {
  const { jobs } = JSON.parse(text.slice(text.search(/^\{/m))) as { jobs: FioJob[] };
  const [fio] = jobs;
  if (fio === undefined) throw new Error(`fio reports no job: ${text}`);
  const direction = fio[job.write ? 'write' : 'read'];
  const { total_ios: operations, short_ios: short, io_bytes: bytes, runtime } = direction;
  if (fio.error !== 0 || short !== 0) throw new Error(`fio reports error ${fio.error}, ${short} short operations`);
  // After ramp_time what was in flight then is counted as bytes, and not as an operation.
  const inFlight = job.verify === undefined ? job.depth : 0;
  if (Math.abs(bytes / job.block - operations) > inFlight)
    throw new Error(`fio reports ${bytes} bytes in ${operations} operations`);
  return { operations, seconds: runtime / 1000, cpuPercent: fio.usr_cpu + fio.sys_cpu, switches: fio.ctx };
}
