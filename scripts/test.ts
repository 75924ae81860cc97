/**
 * `npm test`: builds, makes filesystems and block devices, runs every test of the project on them and
 * removes them again. The last line says `N passed, N failed, N skipped`. What cannot run on this
 * machine (without root: other filesystems and block devices) is counted as skipped, with the reason.
 * So are, with `LINUX_AIO_TEST_MINUTES`, the suites that could not begin within so many minutes; the first ones always run.
 * With `--everywhere`, every rung and runtime on all of them; with `--nodes`, instead, the whole interface under each
 * version of Node.js.
 */
import { constants } from 'node:os';
import { runAsan } from './test/asan.js';
import { runBuild } from './test/build.js';
import { runCargo } from './test/cargo.js';
import type { CommandOptions } from './test/command.js';
import { layOut } from './test/layout.js';
import { Scratch } from './test/scratch.js';
import { RUNTIMES } from './test/runtimes/list.js';
import { runByEdge, runNodes } from './test/nodes.js';
import { runSoak } from './test/soak.js';
import { MODELS, SCHEDULES } from './test/suites.js';
import { runTap } from './test/tap.js';
import { Tally } from './test/tally.js';
import { makeTargets } from './test/targets.js';
import { PROCESSES, RUNGS } from './test/ladder.js';
import { installTools } from './test/tools.js';

/** For what differs in memory and in the loop, not in what filesystems do: one with helpers, and a device. */
const FEW: readonly string[] = ['root', 'loop-4096'];

/** Programs of each property where all of them were run before, on every target. */
const SHORT_RUNS = '15';

/** When the last suites may begin, in milliseconds from the start: those behind are skipped on a machine that is too slow. */
const LATEST = 60_000 * Number(process.env.LINUX_AIO_TEST_MINUTES ?? Infinity);

/** Suites that go together, and what they are called where they are skipped. */
type Part = readonly [name: string, run: () => Promise<void>];

async function runSuites(tally: Tally, scratch: Scratch, signal: AbortSignal): Promise<void> {
  if (!(await runBuild(tally, { signal }))) return;
  await installTools();
  const targets = await makeTargets(scratch);
  for (const target of targets) console.log(Object.values(target).join(': '));
  const env = {
    LINUX_AIO_TEST_DIR: await scratch.subdirectory('cargo'),
    LINUX_AIO_TEST_TARGETS: JSON.stringify(targets),
    LINUX_AIO_TEST_PACKAGE: await layOut(scratch),
  };
  const options: CommandOptions = { env, signal };
  if (process.argv.includes('--nodes')) {
    await runNodes(tally, options, 'all');
    return;
  }
  const everywhere = process.argv.includes('--everywhere');
  const few = everywhere ? targets : targets.filter(({ name }) => FEW.includes(name));
  const short =
    everywhere || process.env.LINUX_AIO_MODEL_RUNS !== undefined ? {} : { LINUX_AIO_MODEL_RUNS: SHORT_RUNS };
  const fewer = { signal, env: { ...env, LINUX_AIO_TEST_TARGETS: JSON.stringify(few), ...short } };
  const packageTest = [process.execPath, '--import=tsx', 'scripts/package.ts'] as const;
  await runCargo(tally, options);
  await runTap(tally, 'ava, worker threads', ['ava', '--tap'], options);
  await runTap(tally, 'ava, processes', everywhere ? PROCESSES.all : PROCESSES.some, fewer);
  await runTap(tally, 'ava, faults', ['ava', '--config', 'faults.config.js', '--tap'], options);
  await runTap(tally, 'package', packageTest, { signal, env: { TMPDIR: scratch.mounts } });
  const inTime: readonly Part[] = [
    ['AddressSanitizer', () => runAsan(tally, fewer)],
    [SCHEDULES.name, () => runCargo(tally, options, SCHEDULES)],
    [MODELS.name, () => runCargo(tally, options, MODELS)],
    ...RUNGS.map(({ name, env: rung, command }): Part => {
      const title = `ava, ${name}`;
      return [title, () => runTap(tally, title, command, { signal, env: { ...fewer.env, ...rung } })];
    }),
    ...Object.keys(RUNTIMES).map((name): Part => {
      const command = [process.execPath, '--import=tsx', 'scripts/test/runtimes/run.ts', name] as const;
      return [name, () => runTap(tally, name, command, fewer)];
    }),
    ['soak', () => runSoak(tally, options)],
    ['ava, by edge', () => runByEdge(tally, options)],
    ['ava, other versions of Node.js', () => runNodes(tally, fewer, 'some')],
  ];
  for (const [name, run] of inTime) {
    if (performance.now() > LATEST) tally.skip(name, 'no time was left');
    else await run();
  }
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    interrupted.abort();
  });
}
const tally = new Tally();
const scratch = await Scratch.create();
try {
  await runSuites(tally, scratch, interrupted.signal);
  console.log(tally.report());
  if (tally.failed > 0) process.exitCode = 1;
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  console.error('Interrupted');
} finally {
  await scratch.remove();
}
