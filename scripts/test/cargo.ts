import { availableParallelism } from 'node:os';
import { eachLine, type CommandOptions } from './command.js';
import type { Tally } from './tally.js';

const RESULT = /^test result: \w+\. (\d+) passed; (\d+) failed; \d+ ignored/;
const PASSED = /^test (.+) \.\.\. ok$/;
const IGNORED = /^test (.+?) \.\.\. ignored(?:, (.*))?$/;
/** Written by a test that finds at run time what it needs missing. To Rust, it passed. */
const SKIPPED = /SKIPPED: (.*) \((.*)\)$/;

/** A run of `cargo`, and what it is called in the report. */
export interface CargoRun {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const TESTS: CargoRun = { name: 'cargo test', args: ['test', '--workspace', '--no-fail-fast'] };

/** Runs Rust tests, all where nothing else is said, documentation tests included, and adds their counts. */
export async function runCargo(tally: Tally, options: CommandOptions, run: CargoRun = TESTS): Promise<void> {
  const reader = new CargoReader();
  const onLine = (line: string): void => {
    console.log(line);
    reader.read(line);
  };
  // With one thread alone the tests run in the main thread, whose name does not tell which test skips.
  const env = { ...options.env, ...run.env, RUST_TEST_THREADS: `${Math.max(2, availableParallelism())}` };
  console.log(`# ${run.name}`);
  const { problem } = await eachLine('cargo', run.args, onLine, { ...options, env });
  const { passed, failed, skips } = reader;
  tally.add({ name: run.name, passed, failed, skips }, problem);
}

class CargoReader {
  failed = 0;
  #passed = 0;
  readonly #passedNames = new Set<string>();
  readonly #ignored: string[] = [];
  /** The reason of each test that skipped itself, by the test's name. */
  readonly #skipped = new Map<string, string>();

  read(line: string): void {
    const result = RESULT.exec(line);
    this.#passed += Number(result?.[1] ?? 0);
    this.failed += Number(result?.[2] ?? 0);
    const [, name] = PASSED.exec(line) ?? [];
    if (name !== undefined) this.#passedNames.add(name);
    const [, ignored, reason] = IGNORED.exec(line) ?? [];
    if (ignored !== undefined) this.#ignored.push(reason ?? ignored);
    const [, why, skipped] = SKIPPED.exec(line) ?? [];
    if (why !== undefined && skipped !== undefined) this.#skipped.set(skipped, why);
  }

  /** Without the tests that skipped themselves. */
  get passed(): number {
    const skipped = [...this.#skipped.keys()].filter((name) => this.#passedNames.has(name));
    return this.#passed - skipped.length;
  }

  get skips(): string[] {
    return [...this.#ignored, ...this.#skipped.values()];
  }
}
