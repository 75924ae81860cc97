/** Writes that fail in the midst of a stream, on whichever way they are carried out. */
import { readFileSync } from 'node:fs';

import type { Report } from '../support/write-stream.fixture.js';
import { rootTarget, scratchFile } from '../support/targets.js';
import { runInjected, traced } from '../support/traced.js';

const WRITES = 'io_submit,pwrite64,pwritev,pwritev2';
const LENGTH = 32 << 20;

/** Words that count up from 1, as far as they do. */
function counted(content: Buffer): number {
  let at = 0;
  while (at + 4 <= content.byteLength && content.readUInt32LE(at) === at / 4 + 1) at += 4;
  return at;
}

const FAULTS = [
  ['EIO', '3'],
  ['EIO', '7+'],
  ['EIO', '5+3'],
  ['ENOSPC', '7+'],
] as const;

const PLACES = [
  ['that extend a file', 0, 'r+'],
  ['inside a file', LENGTH, 'r+'],
  ['that are appended', 0, 'a'],
] as const;

for (const [error, when] of FAULTS) {
  for (const [where, length, flags] of PLACES) {
    const what = `${error} of writes ${when} ${where}`;
    traced(`${what}: told once, with all that has changed, and no memory is lost [needs strace]`, async (t) => {
      const path = await scratchFile(t, rootTarget());
      const inject = `error=${error}:when=${when}`;
      const { stdout } = await runInjected(t, WRITES, inject, 'write-stream.fixture.ts', path, `${length}`, flags);
      const { bytesWritten, code, events, held, position = 0 } = JSON.parse(stdout) as Report;
      const content = readFileSync(path);
      t.is(held, 0);
      // Writes that went together are tried again one by one, and only one fails.
      if (when === '3' && code === undefined) {
        t.deepEqual(events, ['finish', 'close']);
        t.is(counted(content), bytesWritten);
        return;
      }
      t.deepEqual([code, events], [error, ['error', 'close']]);
      t.true(position <= bytesWritten, 'where it failed is within what was reported');
      t.true(counted(content) >= position, 'all before that is there');
      if (length === 0) {
        t.is(content.byteLength, bytesWritten, 'nothing is behind it');
        t.true(content.byteLength - counted(content) < 4, 'and nothing else');
      } else {
        t.is(content.byteLength, length);
        t.true(
          content.subarray(bytesWritten).every((byte) => byte === 0),
          'nothing behind it has changed',
        );
      }
    });
  }
}
