/**
 * After xfstests generic/737: what was acknowledged as durable is there, with its length, when the power fails right
 * after. The device is copied at the moment of the acknowledgement, and the copy mounted.
 */
import { readFileSync } from 'node:fs';
import { open as openWithNode } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExecutionContext } from 'ava';

import { allocate, open, type DirectFile } from '../../index.js';
import { eachCrashing, type Crashing } from '../support/crash.js';

const BLOCK = 4096;

/** Makes something durable and returns what the file then holds. */
type Deed = (file: DirectFile) => Promise<Buffer>;

/** Begins on an empty file that is durable itself. */
const DEEDS: Record<string, Deed> = {
  'dsync writes that extend the file': async (file) => {
    const content = Buffer.concat(Array.from({ length: 20 }, (_, index) => Buffer.alloc(BLOCK, index + 1)));
    for (let at = 0; at < content.byteLength; at += BLOCK) {
      await file.write(file.allocate(BLOCK).fill(content[at] ?? 0), { position: at, dsync: true });
    }
    return content;
  },
  'concurrent dsync appends': async (file) => {
    const write = async (byte: number): Promise<unknown> =>
      file.write(allocate(BLOCK).fill(byte), { append: true, dsync: true });
    await Promise.all(Array.from({ length: 20 }, (_, index) => write(index + 1)));
    return Buffer.concat(Array.from({ length: 20 }, (_, index) => Buffer.alloc(BLOCK, index + 1)));
  },
  'unaligned dsync writes at the end': async (file) => {
    const content = Buffer.alloc(10 * 999, 'd');
    for (let at = 0; at < content.byteLength; at += 999) {
      await file.write(content.subarray(at, at + 999), { position: at, dsync: true });
    }
    return content;
  },
  'an unaligned dsync write far beyond the end': async (file) => {
    await file.write(Buffer.from('far'), { position: 100_001, dsync: true });
    return Buffer.concat([Buffer.alloc(100_001), Buffer.from('far')]);
  },
  'a batch of dsync writes': async (file) => {
    const content = Buffer.concat(Array.from({ length: 16 }, (_, index) => Buffer.alloc(BLOCK, index + 1)));
    const positions = Array.from({ length: 16 }, (_, index) => index * BLOCK);
    const memory = allocate(content.byteLength);
    content.copy(memory);
    await file.writeBatch(memory, positions, { dsync: true });
    return content;
  },
  'datasync after writes that are not awaited': async (file) => {
    const content = Buffer.alloc(20 * 1000 + 1, 's');
    for (let at = 0; at < content.byteLength; at += 1000) {
      void file.write(content.subarray(at, at + 1000), { position: at });
    }
    await file.datasync();
    return content;
  },
  'sync after a truncation': async (file) => {
    await file.write(allocate(8 * BLOCK).fill('t'), { position: 0 });
    await file.truncate(BLOCK + 5);
    await file.sync();
    return Buffer.alloc(BLOCK + 5, 't');
  },
};

async function durable(t: ExecutionContext, filesystem: Crashing, name: string, deed: Deed): Promise<void> {
  const path = join(filesystem.directory, name.replaceAll(' ', '-'));
  const file = await open(path, 'w+');
  await file.sync();
  const directory = await openWithNode(filesystem.directory);
  await directory.sync();
  await directory.close();
  const content = await deed(file);
  const snapshot = filesystem.snapshot();
  await file.close();
  filesystem.restore(snapshot);
  const found = readFileSync(path);
  t.is(found.byteLength, content.byteLength, name);
  t.true(found.equals(content), name);
}

eachCrashing('what was acknowledged as durable survives the loss of power right after', async (t, filesystem) => {
  for (const [name, deed] of Object.entries(DEEDS)) await durable(t, filesystem, name, deed);
});
