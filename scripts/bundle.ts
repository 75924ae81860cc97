/**
 * Puts the compiled modules together into one, dist/index.js: Node takes half a millisecond for each that it has to find, read
 * and link. What loads the native part stays beside it.
 */
import { cp } from 'node:fs/promises';
import { rollup } from 'rollup';

const LOADERS = ['load.cjs', 'binding.cjs'];

const bundle = await rollup({
  input: 'build/js/index.js',
  plugins: [
    {
      name: 'beside',
      resolveId: (id) => (LOADERS.some((name) => id.endsWith(`/${name}`)) ? { id, external: true } : null),
    },
  ],
  external: /^node:/,
  onwarn(warning) {
    // The compiler's own helpers look whether there is one already.
    if (warning.code !== 'THIS_IS_UNDEFINED') throw new Error(warning.message);
  },
});
await bundle.write({ file: 'dist/index.js', format: 'es' });
await bundle.close();
for (const name of LOADERS) await cp(`src/${name}`, `dist/${name}`);
