import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import ts from 'typescript';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function sources(directory: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, directory), { recursive: true });
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => join(directory, entry));
}

/**
 * Translates the library and the contestants to JavaScript in `directory`, by TypeScript itself and
 * without a check of types. What is measured is then what the package ships: tsx would wrap every
 * named closure in a helper, and its time would be ours.
 */
export async function buildPrograms(directory: string): Promise<void> {
  const files = ['index.ts', ...(await sources('src')), ...(await sources('benchmark'))];
  for (const file of files) {
    const { outputText } = ts.transpileModule(await readFile(join(ROOT, file), 'utf8'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    const target = join(directory, file.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, outputText);
  }
  await cp(join(ROOT, 'package.json'), join(directory, 'package.json'));
  for (const entry of await readdir(join(ROOT, 'src'))) {
    if (/\.(cjs|node)$/.test(entry)) await symlink(join(ROOT, 'src', entry), join(directory, 'src', entry));
  }
}

/** The path of a program below `benchmark/`, by its name without the suffix, once it is built. */
export function programPath(directory: string, name: string): string {
  return resolve(directory, 'benchmark', `${name}.js`);
}

/** Builds an example of the crate with optimization, and says where its executable is. */
export async function buildExample(name: string): Promise<string> {
  const line = ['build', '--release', '--package', 'linux-aio', '--example', name];
  const { stdout } = await execa('cargo', [...line, '--message-format', 'json-render-diagnostics'], {
    cwd: ROOT,
    stderr: 'inherit',
  });
  interface Message {
    reason: string;
    executable?: string | null;
    target?: { name: string };
  }
  const messages = stdout.split('\n').map((text) => JSON.parse(text) as Message);
  const built = messages.findLast((message) => message.target?.name === name && message.executable);
  if (!built?.executable) throw new Error(`cargo ${line.join(' ')} left no executable`);
  return built.executable;
}
