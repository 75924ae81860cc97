/**
 * Puts the compiled modules together. The library is one, dist/index.js: Node takes half a millisecond for each that it has to
 * find, read and link. What loads the native part stays beside it. The command line is others, dist/cli.js and what that
 * loads, with the packages that it is made of: the library does without, and so whoever installs it.
 */
import { cp } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { resolve } from 'node:path';
import commonjsModule from '@rollup/plugin-commonjs';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup, type Plugin, type RollupLog } from 'rollup';
import licenseModule from 'rollup-plugin-license';
import ts from 'typescript';

// Their types are those of CommonJS, where the function would be one level below; they are not.
const commonjs = commonjsModule as unknown as typeof commonjsModule.default;
const license = licenseModule as unknown as typeof licenseModule.default;

const LOADERS = ['load.cjs', 'binding.cjs'];
const LIBRARY = resolve('build/js/index.js');

/**
 * The compiler's own helpers look whether there is one already, and so do packages that run anywhere; one of these hides from
 * bundlers, by eval, what it requires.
 */
const HARMLESS = new Set(['THIS_IS_UNDEFINED', 'CIRCULAR_DEPENDENCY', 'EVAL']);

function onwarn({ code, message }: RollupLog): void {
  if (!HARMLESS.has(code ?? '')) throw new Error(message);
}

/** Leaves modules out that are beside the bundle. */
function beside(place: (id: string) => string | undefined): Plugin {
  return {
    name: 'beside',
    resolveId(id, importer) {
      const found = place(importer === undefined ? id : resolve(importer, '..', id));
      return found === undefined ? null : { id: found, external: true };
    },
  };
}

/** Comments are a quarter of the module, and for who reads its sources and types: Node would read them at every start. */
const withoutComments: Plugin = {
  name: 'without-comments',
  renderChunk(code) {
    const { ESNext } = ts.ScriptTarget;
    const compilerOptions = {
      removeComments: true,
      target: ESNext,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    };
    return { code: ts.transpileModule(code, { compilerOptions, fileName: 'index.js' }).outputText, map: null };
  },
};

async function bundleLibrary(): Promise<void> {
  const bundle = await rollup({
    input: LIBRARY,
    plugins: [
      beside((path) => {
        const name = LOADERS.find((loader) => path.endsWith(`/${loader}`));
        return name && `./${name}`;
      }),
      withoutComments,
    ],
    external: /^node:/,
    onwarn,
  });
  await bundle.write({ file: 'dist/index.js', format: 'es' });
  await bundle.close();
  for (const name of LOADERS) await cp(`src/${name}`, `dist/${name}`);
}

/** A program of the command line, and what it loads when it needs it. */
async function bundleProgram(name: string, entry: string, notices: string): Promise<void> {
  const bundle = await rollup({
    input: { [name]: entry },
    plugins: [
      beside((path) => (path === LIBRARY ? LIBRARY : undefined)),
      nodeResolve({ preferBuiltins: true }),
      // Of CommonJS the default import is all of it, as for Node.
      commonjs({ defaultIsModuleExports: true }),
      license({ thirdParty: { output: notices } }),
    ],
    external: (id) => isBuiltin(id),
    onwarn,
  });
  const paths = { [LIBRARY]: './index.js' };
  await bundle.write({
    dir: 'dist',
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: `${name}-[name].js`,
    paths,
  });
  await bundle.close();
}

await bundleLibrary();
await bundleProgram('bench-worker', 'build/js/src/cli/bench/bench-worker.js', 'dist/bench-worker-licenses.txt');
await bundleProgram('cli', 'build/js/src/cli/main.js', 'dist/cli-licenses.txt');
for (const style of ['colours.css', 'report.css']) await cp(`src/cli/page/${style}`, `dist/${style}`);
