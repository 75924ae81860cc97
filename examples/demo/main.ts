import { stat } from 'node:fs/promises';
import { type DirectFile, open, probe } from '../../index.js';
import { Complaint, complaintOf } from './complaint.js';
import { copy } from './copy.js';
import { Destination } from './destination.js';
import { Interruption } from './interruption.js';
import { type Comparison, measure } from './measure.js';
import { HELP, type Options, parseOptions } from './options.js';
import { probeReport } from './probe-report.js';
import { comparisonTable, legend } from './report.js';
import { bytes } from './units.js';
import { verify } from './verify.js';

const DEPTHS = [1, 32];

/** Copies, verifies, and says where the copy is. */
async function copyVerified(
  file: DirectFile,
  destination: Destination,
  size: number,
  options: Options,
  signal: AbortSignal,
) {
  const copied = await copy(file, destination, size, signal);
  console.log(`  copied     ${copied.summary}`);
  const read = await verify(destination.path, size, copied.digest, signal);
  console.log(`  read back  ${read.summary}`);
  console.log(`  SHA-256    ${read.digest}, the same on both sides`);
  if (!options.keep) return;
  await destination.publish();
  console.log(`  kept as    ${destination.path}`);
}

async function measureCopy(path: string, size: number, signal: AbortSignal): Promise<void> {
  if (size === 0) {
    console.log('  The file is empty: there is nothing to measure.');
    return;
  }
  const comparisons: Comparison[] = [];
  for (const depth of DEPTHS) {
    const comparison = await measure(path, size, depth, signal, (done, of) => {
      if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${done < of ? `  round ${done} of ${of}` : ''}`);
    });
    comparisons.push(comparison);
    console.log(comparisonTable(comparison));
  }
  console.log(legend(comparisons, size));
}

async function demo(options: Options, signal: AbortSignal): Promise<void> {
  const source = await stat(options.source);
  if (source.isDirectory()) throw new Complaint(`${options.source}: is a directory; name a file`);
  if (!source.isFile()) throw new Complaint(`${options.source}: is not a regular file`);

  const file = await open(options.source, { flags: 'r', direct: 'require' });
  let destination: Destination | undefined;
  try {
    destination = await Destination.create(options.destination, source, source.size);
    console.log(`1. What is here: ${options.source}, ${bytes(source.size)}`);
    console.log(probeReport(await probe(options.source)));

    console.log(`\n2. A copy by kernel AIO and O_DIRECT: ${options.keep ? options.destination : 'a temporary file'}`);
    await copyVerified(file, destination, source.size, options, signal);

    console.log(`\n3. Random reads of 4 KiB of ${options.keep ? destination.path : 'the copy'}`);
    await measureCopy(destination.path, source.size, signal);
  } finally {
    await destination?.discard();
    await file.close();
  }
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions();
  } catch (error) {
    console.error(`demo: ${complaintOf(error)}; "npm start -- --help" says how`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  const interruption = Interruption.listen();
  try {
    await demo(options, interruption.signal);
    return 0;
  } catch (error) {
    if (interruption.exitCode !== undefined) {
      console.error('\ndemo: stopped');
      return interruption.exitCode;
    }
    console.error(`demo: ${complaintOf(error)}`);
    return 1;
  }
}

process.exitCode = await main();
