import { readdir } from 'node:fs/promises';
import { BINARY } from './stage.js';

const OF_EVERY_PACKAGE = ['README.md', 'package.json'];
const OF_MAIN = [
  'CHANGELOG.md',
  'LICENSE',
  'dist/index.js',
  'dist/src/binding.cjs',
  'dist/src/load.cjs',
  'docs/errors.md',
  'index.d.ts',
];

/** Every file that the package has to have: one that is not listed here must not be in it. */
export async function mainFiles(): Promise<string[]> {
  const sources = await readdir('src', { recursive: true });
  const modules = sources.filter((path) => /(?<!\.d)\.ts$/.test(path));
  const compiled = modules.map((path) => `dist/src/${path.replace(/\.ts$/, '.js')}`);
  return [...OF_EVERY_PACKAGE, ...OF_MAIN, ...compiled].sort();
}

export function platformFiles(): string[] {
  return [...OF_EVERY_PACKAGE, BINARY].sort();
}
