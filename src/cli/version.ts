import { createRequire } from 'node:module';

/** Of the package. */
export const { version } = createRequire(import.meta.url)('linux-aio/package.json') as { version: string };
