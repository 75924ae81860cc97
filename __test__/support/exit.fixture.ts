import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';

import { copyFile } from '../../index.js';

const [, , from = '', to = ''] = process.argv;

// Exits when the copy is there, under its temporary name.
void copyFile(from, to, {
  progress: () => process.exit(readdirSync(dirname(to)).length === 2 ? 7 : 1),
});
