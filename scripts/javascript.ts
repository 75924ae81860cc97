import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

async function sources(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(join(root, directory), { recursive: true });
  return entries.filter((entry) => /(?<!\.d)\.ts$/.test(entry)).map((entry) => join(directory, entry));
}

/** Translates one file of TypeScript, by TypeScript itself and without a check of types. */
export async function translateFile(file: string, target: string, root = ROOT): Promise<void> {
  const { outputText } = ts.transpileModule(await readFile(join(root, file), 'utf8'), {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
  });
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, outputText);
}

/**
 * Translates the library, and `more` directories of the project, to JavaScript in `directory`, with the native part beside
 * it.
 *
 * @param root of the checkout.
 */
export async function translate(directory: string, more: readonly string[], root = ROOT): Promise<void> {
  const found = await Promise.all(['src', ...more].map((one) => sources(root, one)));
  for (const file of ['index.ts', ...found.flat()]) {
    await translateFile(file, join(directory, file.replace(/\.ts$/, '.js')), root);
  }
  await cp(join(root, 'package.json'), join(directory, 'package.json'));
  for (const entry of await readdir(join(root, 'src'))) {
    if (/\.(cjs|node)$/.test(entry)) await symlink(join(root, 'src', entry), join(directory, 'src', entry));
  }
}
