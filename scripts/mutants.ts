/**
 * `npm run mutants`: edits the core in one place at a time, in a copy, and sees whether its tests notice.
 * `npm run mutants -- NAME` tries those alone whose names contain it. Fails where one is not noticed or no longer applies.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { MUTANTS, type Mutant } from './mutants/list.js';
import { MODELS, SCHEDULES, type Suite } from './test/suites.js';

/** Schedules for each. */
const SEEDS = 20_000;
/** One that hangs is noticed as well. */
const TIMEOUT_MS = 10 * 60_000;
const COPIED = ['Cargo.toml', 'Cargo.lock', '.cargo', 'crates'];

type Verdict = 'noticed' | 'hangs' | 'does not compile' | 'no longer applies' | 'SURVIVES';
const GOOD: readonly Verdict[] = ['noticed', 'hangs'];

/** Whether a suite passes in the copy. */
async function run(copy: string, suite: Suite): Promise<Verdict> {
  const env = { ...suite.env, LINUX_AIO_SEEDS: `${SEEDS}` };
  const options = { cwd: copy, reject: false, env, timeout: TIMEOUT_MS, all: true } as const;
  const built = await execa('cargo', [...suite.build, '--no-run'], options);
  if (built.failed) return 'does not compile';
  const ran = await execa('cargo', suite.args, options);
  if (ran.timedOut) return 'hangs';
  return ran.failed ? 'noticed' : 'SURVIVES';
}

function suiteOf({ loom = false }: Mutant): Suite {
  return loom ? MODELS : SCHEDULES;
}

async function judge(copy: string, mutant: Mutant): Promise<Verdict> {
  const { file, from, to } = mutant;
  const path = join(copy, 'crates/linux-aio/src', file);
  const source = await readFile(path, 'utf8');
  if (source.split(from).length !== 2) return 'no longer applies';
  await writeFile(
    path,
    source.replace(from, () => to),
  );
  try {
    return await run(copy, suiteOf(mutant));
  } finally {
    await writeFile(path, source);
  }
}

const [, , wanted = ''] = process.argv;
const mutants = MUTANTS.filter(({ name }) => name.includes(wanted));
const copy = await mkdtemp(join(tmpdir(), 'linux-aio-mutants-'));
try {
  for (const name of COPIED) await cp(name, join(copy, name), { recursive: true });
  for (const suite of new Set(mutants.map(suiteOf))) {
    const verdict = await run(copy, suite);
    if (verdict !== 'SURVIVES') throw new Error(`${suite.name} without a mutant: ${verdict}`);
  }
  let bad = 0;
  for (const mutant of mutants) {
    const verdict = await judge(copy, mutant);
    bad += GOOD.includes(verdict) ? 0 : 1;
    console.log(`${verdict}: ${mutant.name}`);
  }
  console.log(`${mutants.length} mutants, ${bad} not noticed`);
  process.exitCode = bad > 0 ? 1 : 0;
} finally {
  await rm(copy, { recursive: true, force: true });
}
