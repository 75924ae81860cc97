/** Streams beside those of node:fs: the same is done with both. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import {
  createWriteStream as createWithNode,
  readFileSync,
  writeFileSync,
  type WriteStream as NodeStream,
} from 'node:fs';
import { open as openWithNode } from 'node:fs/promises';
import fc from 'fast-check';

import { createWriteStream, open, type WriteStream } from '../../index.js';
import { expectedContent, play, scripts, type Ending, type Script, type Seen } from '../support/write-script.js';
import { eachDirectory, scratchFile } from '../support/targets.js';

const RUNS = Number(process.env.LINUX_AIO_MODEL_RUNS ?? 60);

type Create = (path: string, options: object) => WriteStream | NodeStream;

/** Plays a script on a file of its own; what was seen, and what is in the file then. */
async function played(create: Create, path: string, script: Script): Promise<Seen & { content: Buffer }> {
  writeFileSync(path, script.before);
  const controller = new AbortController();
  const { flags, start, highWaterMark, encoding } = script;
  const given = { flags, start, highWaterMark, encoding, signal: controller.signal };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const seen = await play(create(path, options), script, controller);
  return { ...seen, content: readFileSync(path) };
}

/** What Node's emits where it was destroyed while a write was in flight, which it does not count. Ours counts it, and is silent. */
const IN_FLIGHT = 'error ERR_STREAM_DESTROYED';

function isEarly(ending: Ending): boolean {
  return ending === 'abort' || ending.startsWith('destroy');
}

/** Holds a stream to it that the file has what it says, and that it says no less than its callbacks were told. */
function reportsAll(script: Script, seen: Seen & { content: Buffer }): void {
  ok(seen.content.equals(expectedContent(script, seen.chunks, seen.bytesWritten)), 'the file has other bytes');
  let told = 0;
  seen.callbacks.forEach((code, index) => (told += code === undefined ? seen.chunks[index]!.byteLength : 0));
  ok(seen.bytesWritten >= told, `${seen.bytesWritten} written, ${told} told`);
}

/** Small blocks, so that many are in flight. */
const SMALL = { size: 16_384, behind: 5 };

eachDirectory('a stream does what a stream of node:fs does, to its end or to an early one', async (t, target) => {
  const [path, other] = [await scratchFile(t, target), await scratchFile(t, target)];
  await fc.assert(
    fc.asyncProperty(scripts, fc.boolean(), async (script, small) => {
      const create: Create = (name, options) => createWriteStream(name, { ...options, ...(small ? SMALL : {}) });
      const mine = await played(create, path, script);
      const nodes = await played(createWithNode, other, script);
      deepEqual(
        mine.events,
        nodes.events.filter((event) => event !== IN_FLIGHT),
      );
      reportsAll(script, mine);
      if (!isEarly(script.ending)) {
        reportsAll(script, nodes);
        equal(mine.bytesWritten, nodes.bytesWritten);
        deepEqual(mine.callbacks, nodes.callbacks);
      }
    }),
    { numRuns: RUNS },
  );
  t.pass();
});

eachDirectory('a stream of an open file does what one of a FileHandle does', async (t, target) => {
  const [path, other] = [await scratchFile(t, target), await scratchFile(t, target)];
  await fc.assert(
    fc.asyncProperty(scripts, async (script) => {
      writeFileSync(path, script.before);
      writeFileSync(other, script.before);
      const { flags, start, highWaterMark, encoding } = script;
      const options = Object.fromEntries(
        Object.entries({ start, highWaterMark, encoding }).filter(([, value]) => value !== undefined),
      );
      // Node's streams of FileHandles know no signal.
      if (script.ending === 'abort') script.ending = 'destroy';
      const file = await open(path, flags);
      const handle = await openWithNode(other, flags);
      const mine = await play(file.createWriteStream(options), script, new AbortController());
      const nodes = await play(handle.createWriteStream(options), script, new AbortController());
      deepEqual(
        mine.events,
        nodes.events.filter((event) => event !== IN_FLIGHT),
      );
      equal(file.fd, -1);
      reportsAll(script, { ...mine, content: readFileSync(path) });
      if (!isEarly(script.ending)) ok(readFileSync(path).equals(readFileSync(other)));
      await Promise.allSettled([file.close(), handle.close()]);
    }),
    { numRuns: RUNS },
  );
  t.pass();
});
