import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Cleanup } from '../../harness/cleanup.js';
import { loopTarget, writePattern } from '../../harness/target.js';
import { SMALL, SOURCE } from '../serve/files.js';
import { readTransfer } from '../stream/read.js';
import type { TransferName } from './cell.js';
import type { Transfer } from './contestant.js';
import { SMALL_BYTES } from './files.js';
import { measureTransfer } from './measure.js';
import { diskPlace, loopPlace, type Place } from './place.js';
import { program, type Setting, starting } from './setting.js';
import { transferOf } from './transfer-of.js';

type Where = Pick<Place, 'name' | 'summary'>;

async function measure(setting: Setting, name: TransferName, place: Where, transfer: Transfer): Promise<void> {
  const { options, signal, progress, told } = setting;
  const { only, rounds, breadth } = options;
  const isWanted = (contestant: string) => only.length === 0 || only.some((text) => contestant.includes(text));
  const contestants = transfer.contestants.filter((contestant) => isWanted(contestant.name));
  const wanted = { ...transfer, contestants };
  const what = { scenario: name, place: place.name, where: place.summary };
  const cell = await measureTransfer(what, wanted, { rounds, breadth }, signal, progress);
  progress('');
  told(cell);
}

/** Something to read from that is no file: a loop device, whole. */
async function readDevice(setting: Setting, cleanup: Cleanup): Promise<void> {
  const { options, scratch, skipped } = setting;
  const target = await loopTarget(options.size, cleanup);
  if ('reason' in target) {
    skipped(target);
    return;
  }
  const small = join(scratch, SMALL);
  await writePattern(small, SMALL_BYTES, setting.signal);
  const source = {
    path: target.path,
    size: target.size,
    small,
    directory: scratch,
  };
  const transfer = readTransfer(source, program(setting, 'stream/read'), starting(setting));
  await measure(setting, 'stream-read', { name: 'loop', summary: target.summary }, transfer);
}

/** Measures these in one place: those that were. */
async function inPlace(
  name: Place['name'],
  names: readonly TransferName[],
  setting: Setting,
  cleanup: Cleanup,
): Promise<readonly TransferName[]> {
  const { options, scratch, signal, progress, skipped } = setting;
  if (names.length === 0) return [];
  progress(`${name}: writing the files`);
  const bytes = 2 * options.size + 3 * SMALL_BYTES;
  const directory = join(scratch, 'transfers');
  await mkdir(directory, { recursive: true });
  const place = await (name === 'loop' ? loopPlace(bytes, cleanup) : diskPlace(directory, bytes));
  if ('reason' in place) {
    skipped(place);
    return [];
  }
  await writePattern(join(place.directory, SOURCE), options.size, signal);
  await writePattern(join(place.directory, SMALL), SMALL_BYTES, signal);
  for (const one of names) await measure(setting, one, place, await transferOf(one, place, setting, cleanup));
  return names;
}

/** What is put up for one place is taken down before the next. */
async function withCleanup<Result>(work: (cleanup: Cleanup) => Promise<Result>, whole: Cleanup): Promise<Result> {
  const cleanup = new Cleanup();
  whole.add(() => cleanup.run());
  try {
    return await work(cleanup);
  } finally {
    await cleanup.run();
  }
}

/** Measures the transfers that are asked for, in every place. */
export async function measureTransfers(setting: Setting, cleanup: Cleanup): Promise<void> {
  const { names, options } = setting;
  const tried = new Set<TransferName>();
  const places = (['loop', 'disk'] as const).filter((place) => options.targets.includes(place));
  for (const place of places) {
    if (place === 'loop' && names.includes('stream-read')) {
      await withCleanup((own) => readDevice(setting, own), cleanup);
    }
    const wanted = names
      // A stream reads the device itself.
      .filter((name) => name !== 'stream-read' || place !== 'loop')
      // To see that it works, once with files will do.
      .filter((name) => options.breadth !== 'smoke' || !tried.has(name));
    const measured = await withCleanup((own) => inPlace(place, wanted, setting, own), cleanup);
    for (const name of measured) tried.add(name);
  }
}
