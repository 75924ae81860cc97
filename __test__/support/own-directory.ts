import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';

import type { DirectoryTarget } from './targets.js';

/** A directory of the test's own, so that what is left in it is seen; removed afterwards. */
export async function ownDirectory(
  t: ExecutionContext,
  { directory }: Pick<DirectoryTarget, 'directory'>,
): Promise<string> {
  const path = await mkdtemp(join(directory, 'own-'));
  t.teardown(() => rm(path, { recursive: true, force: true }));
  return path;
}
