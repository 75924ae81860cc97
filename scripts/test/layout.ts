import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Scratch } from './scratch.js';

/** Lays the package that was built out as it is installed, the native part beside the rest; where it is. */
export async function layOut(scratch: Scratch): Promise<string> {
  const directory = await scratch.subdirectory('package');
  await cp('package.json', join(directory, 'package.json'));
  await cp('dist', join(directory, 'dist'), { recursive: true });
  const native = (await readdir('src')).filter((name) => name.endsWith('.node'));
  for (const name of native) await cp(join('src', name), join(directory, 'dist', name));
  return directory;
}
