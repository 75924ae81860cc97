import { access, constants, realpath } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** The program that a command's name runs, or undefined. */
export async function which(name: string): Promise<string | undefined> {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(directory, name);
    const found = await access(path, constants.X_OK).then(
      () => realpath(path),
      () => undefined,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
