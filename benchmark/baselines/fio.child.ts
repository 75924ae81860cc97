// Runs in its own process, and fio in another: makes of a job a command of fio, and of its report an outcome.
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { parseJob } from '../harness/job.js';
import type { Outcome } from '../harness/window.js';
import { checkBlocks } from '../harness/written.js';
import { fioArguments, parseReport } from './fio-report.js';

const { job, own } = parseJob(['engine', 'batch']);
// Before a job begins fio runs a command, whose output it keeps in a file of the working directory.
const directory = await mkdtemp(join(tmpdir(), 'linux-aio-fio-'));
const line = fioArguments(job, own.engine ?? '', own.batch === undefined ? undefined : Number(own.batch));
const child = execa('fio', line, { cwd: directory, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });

/** Tells of the measurement when fio has really begun: starting takes it a while. */
async function followClock(): Promise<void> {
  await once(child.stdio[3] as NodeJS.ReadableStream, 'data');
  await delay(job.warmup * 1000);
  writeSync(1, 'measuring\n');
  await delay(job.seconds * 1000);
  writeSync(1, 'measured\n');
}

try {
  const [{ stdout }] = await Promise.all([child, job.verify === undefined ? followClock() : undefined]);
  const report = parseReport(stdout, job);
  if (job.verify === undefined) {
    const { operations, seconds, cpuPercent, switches } = report;
    const outcome: Outcome = {
      operations,
      seconds,
      cpuMicrosPerOperation: (cpuPercent / 100) * ((seconds * 1e6) / Math.max(1, operations)),
      // fio gives the sum of both.
      voluntarySwitches: switches,
      involuntarySwitches: 0,
    };
    writeSync(1, `${JSON.stringify(outcome)}\n`);
  } else {
    // What fio has read nobody sees: that it was all of it, and that the right bytes are there to be read, is what can
    // be said. Its own writes it has read again and checked itself.
    if (!job.write) await checkBlocks(job, job.verify);
    writeSync(1, `${JSON.stringify({ verified: report.operations })}\n`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
