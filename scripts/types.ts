/**
 * Rolls the declarations of index.ts and of all that it re-exports into index.d.ts.
 * With `--check` index.d.ts is left alone: where it is stale, the difference is shown and the exit code is 1.
 */
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { format, resolveConfig } from 'prettier';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const ENTRY = 'build/types/index.d.ts';
const CANDIDATE = 'build/index.d.ts';
const COMMITTED = 'index.d.ts';
const BANNER = '// Made from index.ts by `npm run build:ts`. Do not edit.';

async function roll(): Promise<string> {
  const bundle = await rollup({
    input: ENTRY,
    external: (id) => !id.startsWith('.') && !id.startsWith('/') && !id.startsWith('build/'),
    plugins: [dts()],
    // The default import of a CommonJS module has no declaration; no public type is made of it.
    shimMissingExports: true,
    onwarn(warning) {
      if (warning.code !== 'SHIMMED_EXPORT') throw new Error(warning.message);
    },
  });
  const { output } = await bundle.generate({ format: 'es', banner: BANNER });
  await bundle.close();
  return format(output[0].code, { ...(await resolveConfig(COMMITTED)), parser: 'typescript' });
}

const rolled = await roll();
if (process.argv.includes('--check')) {
  await writeFile(CANDIDATE, rolled);
  const { exitCode } = await execa('diff', ['-u', COMMITTED, CANDIDATE], {
    reject: false,
    stdio: 'inherit',
  });
  if (exitCode !== 0) {
    console.error(`${COMMITTED} is stale: run \`npm run build:ts\` and commit it`);
    process.exitCode = 1;
  }
} else {
  await writeFile(COMMITTED, rolled);
}
