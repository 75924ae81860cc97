/** Copies a file so that it is durable. Arguments: who, the source, the destination, and a small source for the warm-up. */
import { copyFile as copyFsFile, open, rm, stat } from 'node:fs/promises';
import { copyFile } from '../../../index.js';
import { timePassage } from '../transfer/passage.js';
import { NODE_FS, OURS } from './names.js';

type Way = (source: string, destination: string) => Promise<unknown>;

async function byFs(source: string, destination: string): Promise<void> {
  await copyFsFile(source, destination);
  const file = await open(destination, 'r+');
  await file.sync();
  await file.close();
}

const WAYS: Record<string, Way> = {
  [OURS]: (source, destination) => copyFile(source, destination, { flush: true }),
  [NODE_FS]: byFs,
};

const [name = '', source = '', destination = '', small = ''] = process.argv.slice(2);
const copy = WAYS[name];
if (copy === undefined) throw new RangeError(`unknown contestant: ${name}`);
const { size } = await stat(source);
const warm = `${destination}.warm-up`;
await timePassage(
  async () => {
    await copy(small, warm);
    await rm(warm);
  },
  async () => {
    await copy(source, destination);
    return size;
  },
);
