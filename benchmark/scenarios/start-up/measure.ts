/** How long it takes from `import` to the first block that was read, in a process of its own, from the package as it is installed. */
import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { translateFile } from '../../../scripts/javascript.js';
import { BINARY, PLATFORM } from '../../../scripts/package/stage.js';
import type { Breadth } from '../../harness/contestant.js';
import { cpuTicks } from '../../harness/machine.js';
import { fillPattern } from '../../harness/pattern.js';
import type { Progress } from '../../harness/run.js';
import { at, seededRandom, shuffled } from '../../harness/statistics.js';
import { makeSweeps, worstSteal } from '../../harness/sweeps.js';
import { writePattern } from '../../harness/target.js';
import { CONTESTANTS, type Contestant, NODE_FS, OURS, type Start, type StartRound, type StartUp } from './start.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAMS: Record<Contestant, string> = { [OURS]: 'ours.program', [NODE_FS]: 'node-fs.program' };
/** Starts of a contestant in a round. */
const STARTS = 5;
const BLOCK = 4096;

/** A project that has the package installed, as npm lays it out, with a file to read from: the file's path. */
async function makeProject(directory: string, breadth: Breadth, signal: AbortSignal): Promise<string> {
  // Only to see that it runs, what was built some time ago will do.
  const isBuilt = breadth === 'smoke' && existsSync(join(ROOT, 'dist', 'index.js'));
  if (!isBuilt) await execa('npm', ['run', '--silent', 'build:js'], { cwd: ROOT, cancelSignal: signal });
  const packages = join(directory, 'node_modules');
  const main = join(packages, 'linux-aio');
  await cp(join(ROOT, 'dist'), join(main, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.node') });
  await cp(join(ROOT, 'package.json'), join(main, 'package.json'));
  const platform = join(packages, `linux-aio-${PLATFORM}`);
  await mkdir(platform);
  await cp(join(ROOT, 'src', BINARY), join(platform, BINARY));
  await writeFile(join(platform, 'package.json'), JSON.stringify({ name: `linux-aio-${PLATFORM}`, main: BINARY }));
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  for (const name of [...Object.values(PROGRAMS), 'timing']) {
    await translateFile(`benchmark/scenarios/start-up/${name}.ts`, join(directory, `${name}.js`), ROOT);
  }
  const path = join(directory, 'data.bin');
  await writePattern(path, 2 ** 20, signal);
  return path;
}

async function startOnce(directory: string, contestant: Contestant, path: string, signal: AbortSignal) {
  const begin = performance.now();
  const { stdout } = await execa(process.execPath, [`${PROGRAMS[contestant]}.js`, path], {
    cwd: directory,
    env: { NODE_OPTIONS: '' },
    cancelSignal: signal,
    timeout: 60_000,
  });
  const life = performance.now() - begin;
  const { bytes, ...start } = JSON.parse(stdout) as Start;
  const expected = Buffer.alloc(BLOCK);
  fillPattern(expected, 0);
  if (!Buffer.from(bytes, 'base64').equals(expected)) throw new Error(`${contestant} read the wrong bytes`);
  return { ...start, life };
}

async function measureOnce(directory: string, contestant: Contestant, path: string, signal: AbortSignal) {
  const load = at(os.loadavg(), 0);
  const before = cpuTicks();
  const starts: StartRound['starts'] = [];
  for (let index = 0; index < STARTS; index++) starts.push(await startOnce(directory, contestant, path, signal));
  const after = cpuTicks();
  const stealPercent = (100 * (after.steal - before.steal)) / Math.max(1, after.total - before.total);
  return { starts, stealPercent, load };
}

/**
 * Starts every contestant's program again and again, in interleaved rounds, each in its own random order.
 *
 * @param directory where the project goes; the page cache holds what has been started once.
 */
export async function measureStartUp(
  directory: string,
  { rounds, breadth }: { rounds: number; breadth: Breadth },
  signal: AbortSignal,
  progress: Progress,
): Promise<StartUp> {
  progress('start-up: building the package');
  await mkdir(directory, { recursive: true });
  const path = await makeProject(directory, breadth, signal);
  for (const contestant of CONTESTANTS) await startOnce(directory, contestant, path, signal);
  const random = seededRandom(rounds);
  const { kept } = await makeSweeps<StartRound>(rounds, async (index) => {
    const sweep = new Map<string, StartRound>();
    for (const contestant of shuffled(CONTESTANTS, random)) {
      progress(`start-up, round ${index + 1} of ${rounds}: ${contestant}`);
      sweep.set(contestant, await measureOnce(directory, contestant, path, signal));
    }
    return sweep;
  });
  const roundsOf = (contestant: Contestant) => kept.flatMap((sweep) => sweep.get(contestant) ?? []);
  return { rounds: { [OURS]: roundsOf(OURS), [NODE_FS]: roundsOf(NODE_FS) }, stealPercent: kept.map(worstSteal) };
}
