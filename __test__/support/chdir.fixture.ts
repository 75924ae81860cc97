/** Copies by relative names, and goes elsewhere as soon as the copy has begun. Argument: the directory. */
import { readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

import { copyFile } from '../../index.js';

const [, , directory = ''] = process.argv;
process.chdir(directory);
const copying = copyFile('from', 'to', { blockSize: 4096, inFlight: 1 });
while (!readdirSync(directory).some((name) => name.endsWith('.part'))) await turn();
process.chdir('/');
await copying;
