import { BINARY } from './stage.js';

const OF_EVERY_PACKAGE = ['README.md', 'package.json'];
const OF_MAIN = [
  'CHANGELOG.md',
  'LICENSE',
  'dist/bench-worker-licenses.txt',
  'dist/bench-worker.js',
  'dist/binding.cjs',
  'dist/cli-licenses.txt',
  'dist/cli-report.js',
  'dist/cli.js',
  'dist/colours.css',
  'dist/index.js',
  'dist/load.cjs',
  'dist/report.css',
  'docs/errors.md',
  'index.d.ts',
];

/** Every file that the package has to have: one that is not listed here must not be in it. */
export function mainFiles(): string[] {
  return [...OF_EVERY_PACKAGE, ...OF_MAIN].sort();
}

export function platformFiles(): string[] {
  return [...OF_EVERY_PACKAGE, BINARY].sort();
}
