import { deepStrictEqual, ok } from 'node:assert/strict';
import { createReadStream as createWithNode } from 'node:fs';
import type { Readable } from 'node:stream';
import fc from 'fast-check';

import { createReadStream } from '../../index.js';
import { asked, pattern, watch, withoutTime } from '../support/streams.js';
import { eachDirectory, scratchFile } from '../support/targets.js';



/** Programs a target. */
const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 60);
const CONTENT = Buffer.from(Uint8Array.from({ length: 300_001 }, (_, at) => (at * 7) % 251));

/** What is thrown, or the result. */
function attempt(make: () => Readable): string {
  try {
    const stream = make();
    stream.on('error', () => undefined);
    stream.destroy();
    return 'made';
  } catch (error) {
    return `${(error as Error).name} ${String((error as NodeJS.ErrnoException).code)}`;
  }
}

eachDirectory('a stream by path is seen as that of node:fs is', async (t, target) => {
  const path = await scratchFile(t, target, CONTENT);
  const property = fc.asyncProperty(asked, pattern, async (options, how) => {
    // The end of such a loop is the event that is not emitted.
    fc.pre(!(options.emitClose === false && how.consume === 'iterate'));
    if (attempt(() => createWithNode(path, options)) !== 'made') {
      t.is(attempt(() => createReadStream(path, options)), attempt(() => createWithNode(path, options)));
      return;
    }
    const theirs = await watch((signal) => createWithNode(path, { ...options, signal }), how);
    const ours = await watch((signal) => createReadStream(path, { ...options, signal }), how);
    if (how.first === 'abort') {
      // Node opens the file nevertheless, and may leave it open.
      theirs.events = theirs.events.filter((event) => event !== 'open' && event !== 'ready').sort();
      ours.events.sort();
      if (theirs.flags.destroyed === true) theirs.flags.fd = null;
    }
    // How much a read() finds is a matter of time.
    if (how.consume === 'read()') ours.chunks = theirs.chunks;
    // So is it how much of what somebody does not wait for was there when he interferes.
    if (how.then !== 'nothing' && how.consume !== 'flow' && how.consume !== 'setEncoding') {
      const all = await watch(() => createWithNode(path, options), { ...how, then: 'nothing', first: 'nothing' });
      ok(ours.content.isBeginningOf(all.content));
      deepStrictEqual(withoutTime(ours), withoutTime(theirs));
    } else {
      deepStrictEqual(ours, theirs);
    }
  });
  await fc.assert(property, { numRuns: RUNS, includeErrorInReport: true });
  t.pass();
});
