/** The outcome of one suite. `skips` holds why, one entry a skipped test. */
export interface SuiteResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skips: readonly string[];
}

/** Adds up what the suites report; a suite that ran nothing or broke down counts as a failure. */
export class Tally {
  readonly #suites: (SuiteResult & { seconds: number })[] = [];
  #last = performance.now();

  /** Suites run one after the other: each has taken the time since the one before. */
  add(suite: SuiteResult, problem?: string): void {
    const now = performance.now();
    this.#suites.push({ ...judged(suite, problem), seconds: (now - this.#last) / 1000 });
    this.#last = now;
  }

  /** Counts a step that is no suite of tests and did not work as a failure. */
  fail(name: string, problem: string): void {
    this.add({ name, passed: 0, failed: 0, skips: [] }, problem);
  }

  /** Counts a suite that cannot run on this machine, as a whole, as one test skipped. */
  skip(name: string, reason: string): void {
    this.#suites.push({ name, passed: 0, failed: 0, skips: [reason], seconds: 0 });
  }

  get failed(): number {
    return this.#sum((suite) => suite.failed);
  }

  /** The report; its last line is `N passed, N failed, N skipped`. */
  report(): string {
    const lines = ['', 'Suites'];
    for (const suite of this.#suites) {
      lines.push(`  ${suite.name}: ${counted(suite)} (${suite.seconds.toFixed(0)} s)`);
    }
    const skips = this.#suites.flatMap((suite) => suite.skips);
    if (skips.length > 0) lines.push('Skipped');
    for (const [reason, count] of byReason(skips)) lines.push(`  ${count} x ${reason}`);
    const passed = this.#sum((suite) => suite.passed);
    lines.push('', counted({ passed, failed: this.failed, skips }));
    return lines.join('\n');
  }

  #sum(of: (suite: SuiteResult) => number): number {
    return this.#suites.reduce((sum, suite) => sum + of(suite), 0);
  }
}

function judged(suite: SuiteResult, problem: string | undefined): SuiteResult {
  if (problem !== undefined && suite.failed === 0) {
    console.log(`FAILED ${suite.name}: ${problem}`);
    return { ...suite, failed: 1 };
  }
  if (suite.passed + suite.failed === 0) {
    console.log(`FAILED ${suite.name}: no test ran`);
    return { ...suite, failed: 1 };
  }
  return suite;
}

function counted({ passed, failed, skips }: Omit<SuiteResult, 'name'>): string {
  return `${passed} passed, ${failed} failed, ${skips.length} skipped`;
}

function byReason(skips: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const reason of skips) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
