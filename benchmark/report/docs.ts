// Puts the kept runs' newest figures and plots into the documents; with --check, only says whether they are there.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { documents } from './documents.js';
import { readRecords } from './records.js';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const pathOf = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** Nothing where there is no such file yet. */
async function read(name: string): Promise<string | undefined> {
  return readFile(pathOf(name), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}

function complain(words: string): void {
  console.error(words);
  process.exitCode = 1;
}

const PLOTS = 'docs/plots';
await mkdir(pathOf(PLOTS), { recursive: true });
const made = await documents(await readRecords(pathOf('benchmark/runs')), async (name) => (await read(name)) ?? '');
for (const { name, text } of made) {
  if (!values.check) await writeFile(pathOf(name), text);
  else if (text !== (await read(name)))
    complain(`${name} does not say what the newest kept runs say: npm run benchmark:docs`);
}

const plots = new Set(made.map(({ name }) => basename(name)).filter((name) => name.endsWith('.svg')));
for (const name of (await readdir(pathOf(PLOTS))).filter((one) => !plots.has(one))) {
  if (values.check) complain(`${PLOTS}/${name} is of no kept run: npm run benchmark:docs`);
  else await rm(pathOf(`${PLOTS}/${name}`));
}
const tuning = (await read('docs/tuning.md')) ?? '';
for (const [, name = ''] of tuning.matchAll(/\(plots\/([^)]+)\)/g)) {
  if (!plots.has(name)) complain(`docs/tuning.md shows ${name}, which no kept run has`);
}
