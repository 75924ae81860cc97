import { inSteps } from './call.js';
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
  const sync = async (): Promise<void> => {
    await file.facts.inode.writes.settled();
    await syncCompleted(file, dataOnly, manner);
  };
  await inSteps(file, sync, manner);
}
