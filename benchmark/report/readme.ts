// Puts the newest kept runs' figures into README.md; with --check, only says whether they are there.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withFigures } from './readme-figures.js';
import { readRecords } from './records.js';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const path = pathOf('README.md');
const before = await readFile(path, 'utf8');
const after = await withFigures(path, before, await readRecords(pathOf('benchmark/runs')));
if (!values.check) {
  await writeFile(path, after);
} else if (after !== before) {
  console.error('README.md does not say what the newest kept runs say: npm run benchmark:readme');
  process.exitCode = 1;
}
