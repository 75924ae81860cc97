// Puts the kept runs' newest figures and plots into the documents; with --check, only says whether they are there.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { documents } from './documents.js';
import { readRecords } from './records.js';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const read = (name: string) => readFile(pathOf(name), 'utf8').catch(() => '');

for (const { name, text } of await documents(await readRecords(pathOf('benchmark/runs')), read)) {
  if (!values.check) {
    await mkdir(pathOf('docs/plots'), { recursive: true });
    await writeFile(pathOf(name), text);
  } else if (text !== (await read(name))) {
    console.error(`${name} does not say what the newest kept runs say: npm run benchmark:docs`);
    process.exitCode = 1;
  }
}
