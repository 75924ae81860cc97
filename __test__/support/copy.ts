import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ExecutionContext } from 'ava';
import ts from 'typescript';

import { BUILT } from './built.js';

/**
 * Puts a copy of the package, as JavaScript that needs no loader, next to others and returns its entrance. Each copy is
 * loaded for itself, the native part too. Of the package that was built, which is faster, or else of the sources.
 */
export function copyPackage(t: ExecutionContext, name: string): string {
  const directory = resolve('.test-scratch', `copy-${process.pid}-${name}`);
  t.teardown(() => {
    rmSync(directory, { recursive: true });
  });
  if (BUILT !== undefined) {
    cpSync(BUILT, directory, { recursive: true });
    return join(directory, 'dist/index.js');
  }
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).map((each) => join('src', each));
  for (const file of ['index.ts', ...sources]) {
    const target = join(directory, file.replace(/(?<!\.d)\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    if (/\.(cjs|node)$/.test(file)) copyFileSync(file, target);
    else if (file.endsWith('.ts')) writeFileSync(target, javaScript(readFileSync(file, 'utf8')));
  }
  return join(directory, 'index.js');
}

function javaScript(source: string): string {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
  return ts.transpileModule(source, { compilerOptions }).outputText;
}
