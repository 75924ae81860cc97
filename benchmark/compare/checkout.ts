import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Cleanup } from '../harness/cleanup.js';

export interface Checkout {
  directory: string;
  /** Made for this run, and nobody else's. */
  temporary: boolean;
}

/** The hash of a commit, if there is one of that name. */
export async function revisionOf(repository: string, name: string): Promise<string | undefined> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  const { stdout, failed } = await execa('git', args, { cwd: repository, reject: false });
  return failed ? undefined : stdout;
}

/** Checks a commit out below `scratch`; it goes in the end. */
export async function checkOut(
  repository: string,
  commit: string,
  scratch: string,
  cleanup: Cleanup,
): Promise<Checkout> {
  const directory = await mkdtemp(join(scratch, 'checkout-'));
  const git = (...args: string[]) => execa('git', ['worktree', ...args], { cwd: repository });
  // One that was killed has left its entry, and not its directory.
  await git('prune');
  cleanup.add(async () => {
    await git('remove', '--force', directory);
  });
  await git('add', '--quiet', '--detach', directory, commit);
  return { directory, temporary: true };
}

/** Whether two checkouts want exactly the same packages. */
export async function sameLockfile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((directory) => readFile(join(directory, 'package-lock.json'))));
  return a !== undefined && b !== undefined && a.equals(b);
}
