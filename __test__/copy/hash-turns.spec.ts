/** By itself: what it does to the class of hashes, others would see. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';

import { hashFile } from '../../index.js';
import { turnOfOthers } from '../../src/clock.js';
import { ownDirectory } from '../support/own-directory.js';
import { patterned } from '../support/sparse.js';
import { rootTarget } from '../support/targets.js';

test('the event loop has a turn between any two parts that are hashed', async (t) => {
  const path = join(await ownDirectory(t, rootTarget()), 'file');
  writeFileSync(path, patterned(4 << 20, 1));
  // The class of what createHash makes.
  const hash = Reflect.getPrototypeOf(createHash('sha256')) as { update(data: Uint8Array): unknown };
  const update = Reflect.get(hash, 'update');
  const [parts, turns]: [number[], number[]] = [[], []];
  const state = { turn: 0, hashing: true };
  hash.update = function (data) {
    parts.push(data.length);
    turns.push(state.turn);
    return update.call(this, data);
  };
  const counting = (async () => {
    for (; state.hashing; state.turn++) await turnOfOthers();
  })();
  try {
    await hashFile(path, { blockSize: 4 << 20 });
  } finally {
    hash.update = update;
    state.hashing = false;
  }
  await counting;
  t.is(
    parts.reduce((sum, length) => sum + length),
    4 << 20,
  );
  t.true(parts.every((length) => length <= 256 * 1024));
  t.is(new Set(turns).size, turns.length, turns.join());
});
