import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

async function sources(directory: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, directory), { recursive: true });
  return entries.filter((entry) => /(?<!\.d)\.ts$/.test(entry)).map((entry) => join(directory, entry));
}

/** Translates one file of TypeScript, by TypeScript itself and without a check of types. */
export async function translateFile(file: string, target: string): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile(join(ROOT, file), 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}

/** Translates the library, and `more` directories of the project, to JavaScript in `directory`, with the native part beside it. */
export async function translate(directory: string, more: readonly string[]): Promise<void> {
  const files = ['index.ts', ...(await Promise.all(['src', ...more].map(sources))).flat()];
  for (const file of files) await translateFile(file, join(directory, file.replace(/\.ts$/, '.js')));
  await cp(join(ROOT, 'package.json'), join(directory, 'package.json'));
  for (const entry of await readdir(join(ROOT, 'src'))) {
    if (/\.(cjs|node)$/.test(entry)) await symlink(join(ROOT, 'src', entry), join(directory, 'src', entry));
  }
}
