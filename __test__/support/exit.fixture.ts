import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { copyFile } from '../../index.js';

const [, , from = '', to = '', atOnce] = process.argv;

const isThere = (): boolean => readdirSync(dirname(to)).length === 2;

// Exits when the copy is there, under its temporary name.
void copyFile(from, to, {
  progress: () => process.exit(isThere() ? 7 : 1),
});

// Or as soon as that is there, which is while it is being opened.
while (atOnce !== undefined) {
  if (isThere()) process.exit(7);
  await new Promise((resolve) => setImmediate(resolve));
}
