import { readFileSync } from 'node:fs';

import { DirectFile, open } from '../../index.js';
import { takeBack } from '../../src/streams/take-back.js';
import { eachDirectory, scratchFile } from '../support/targets.js';

const BLOCK = 4096;

eachDirectory(
  'only what was not in the file before is cut off, and nothing that others have written behind',
  async (t, target) => {
    const content = Buffer.alloc(10 * BLOCK, 'c');
    for (const [gap, reach, before, left] of [
      [2, 10, 0, 2],
      [2, 10, 6, 6],
      [2, 10, 10, 10],
      [2.5, 10, 1, 2.5],
      [2, 2, 0, 10],
      // Continued by somebody else.
      [2, 8, 0, 10],
    ] as const) {
      await using file = await open(await scratchFile(t, target, content), 'r+');
      const inner = DirectFile.opened(file).file;
      t.is(await takeBack(inner, gap * BLOCK, reach * BLOCK, before * BLOCK), left * BLOCK);
      t.true(readFileSync(file.path).equals(content.subarray(0, left * BLOCK)));
      // Known to the others of this thread, too.
      await file.write('appended', { append: true });
      t.is((await file.stat()).size, left * BLOCK + 8);
    }
  },
);
