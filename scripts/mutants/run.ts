import { Copy, suiteOf, SURVIVES } from './copy.js';
import type { Mutant } from './list.js';

/** How many were noticed, and what became of the others. */
export interface Outcome {
  readonly noticed: number;
  readonly problems: readonly string[];
}

/** Tries mutants one after the other, and says what becomes of each. */
export async function tryMutants(mutants: readonly Mutant[], signal: AbortSignal): Promise<Outcome> {
  const copy = await Copy.create(signal);
  try {
    await checkUnharmed(copy, mutants);
    const problems: string[] = [];
    for (const mutant of mutants) {
      const verdict = await copy.judge(mutant);
      if ('problem' in verdict) problems.push(`${mutant.name}: ${verdict.problem}`);
      console.log('problem' in verdict ? problems.at(-1) : `noticed: ${mutant.name}: ${verdict.noticed}`);
    }
    return { noticed: mutants.length - problems.length, problems };
  } finally {
    await copy.remove();
  }
}

/** A suite that fails as things are would notice anything. */
async function checkUnharmed(copy: Copy, mutants: readonly Mutant[]): Promise<void> {
  for (const suite of new Set(mutants.map(suiteOf))) {
    const verdict = await copy.run(suite);
    const passes = 'problem' in verdict && verdict.problem === SURVIVES;
    if (!passes) throw new Error(`${suite.name}, without a mutant: ${Object.values(verdict).join('')}`);
  }
}
