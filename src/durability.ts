import { untilAborted } from './abort.js';
import type { OpenFile } from './open-file.js';
import { FDSYNC, FSYNC, PlainOperation } from './operations.js';
import { PLAIN, type Manner } from './options.js';

/** FSYNC or FDSYNC of all that has completed on the file; not ordered after what is still in flight. */
export async function syncCompleted(
  file: OpenFile,
  dataOnly: boolean,
  manner: Readonly<Manner> = PLAIN,
): Promise<void> {
  await new PlainOperation(file, dataOnly ? FDSYNC : FSYNC, 0).start(manner, []).promise;
}

/** The same after every write that this thread began on the file before, for the kernel does not order them. */
export async function syncWrites(file: OpenFile, dataOnly: boolean, manner: Readonly<Manner>): Promise<void> {
  const { queue, inode } = file.facts;
  const sync = async (): Promise<void> => {
    if (queue.batch === 'manual') queue.flushSoon();
    await inode.ranges.settled();
    const synced = syncCompleted(file, dataOnly, manner);
    if (queue.batch === 'manual') queue.flushSoon();
    await synced;
  };
  await untilAborted(async () => file.during(sync), manner.signal);
}
