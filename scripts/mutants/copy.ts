import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eachLine, type CommandEnd } from '../test/command.js';
import { HELPERS, MODELS, PARTNERS, SCHEDULES, type Suite } from '../test/suites.js';
import type { Mutant } from './list.js';

/** Schedules for each. */
const SEEDS = '20000';
const TIMEOUT_MS = 3 * 60_000;
const COPIED = ['Cargo.toml', 'Cargo.lock', '.cargo', 'crates'];
/** The problem of a mutant that nothing notices. */
export const SURVIVES = 'SURVIVES';
/** What a schedule or a model that fails says. */
const NOTICE = /seed \d+ (?:fails|hangs|crashes)|^thread 'models::\S+' .*panicked|^test \S+ \.\.\. FAILED$/;

/** What became of a mutant. `noticed`: by whom. */
export type Verdict = { readonly noticed: string } | { readonly problem: string };

/** The core's sources somewhere else: the checkout is never edited. */
export class Copy {
  readonly #directory: string;
  readonly #signal: AbortSignal;

  private constructor(directory: string, signal: AbortSignal) {
    this.#directory = directory;
    this.#signal = signal;
  }

  static async create(signal: AbortSignal): Promise<Copy> {
    const copy = new Copy(await mkdtemp(join(tmpdir(), 'linux-aio-mutants-')), signal);
    for (const name of COPIED) await cp(name, join(copy.#directory, name), { recursive: true });
    return copy;
  }

  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** Runs the suite that has to notice a mutant. */
  async judge(mutant: Mutant): Promise<Verdict> {
    const { file, from, to } = mutant;
    const path = join(this.#directory, 'crates/linux-aio/src', file);
    const source = await readFile(path, 'utf8');
    if (source.split(from).length !== 2) return { problem: 'no longer applies' };
    await writeFile(
      path,
      source.replace(from, () => to),
    );
    try {
      return await this.run(suiteOf(mutant));
    } finally {
      await writeFile(path, source);
    }
  }

  /** Builds and runs a suite. A failure that names no test is nobody's notice. */
  async run(suite: Suite): Promise<Verdict> {
    const built = await this.#cargo(suite, [...suite.build, '--no-run']);
    if (built.problem !== undefined) return { problem: 'does not compile' };
    const { problem, lines } = await this.#cargo(suite, suite.args);
    if (problem === undefined) return { problem: SURVIVES };
    const noticed = lines.map((line) => NOTICE.exec(line)?.[0]).find((name) => name !== undefined);
    return noticed === undefined ? { problem } : { noticed };
  }

  async #cargo(suite: Suite, args: readonly string[]): Promise<CommandEnd & { lines: string[] }> {
    const lines: string[] = [];
    const onLine = (line: string): void => void lines.push(line);
    const end = await eachLine('cargo', args, onLine, {
      cwd: this.#directory,
      env: { ...suite.env, LINUX_AIO_SEEDS: SEEDS },
      signal: this.#signal,
      timeout: TIMEOUT_MS,
    });
    return { ...end, lines };
  }
}

export function suiteOf({ noticedBy }: Mutant): Suite {
  if (noticedBy === 'helpers') return HELPERS;
  if (noticedBy === 'partners') return PARTNERS;
  return noticedBy === 'models' ? MODELS : SCHEDULES;
}
