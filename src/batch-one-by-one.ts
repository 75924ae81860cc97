import { inSteps } from './call.js';
import type { Plan } from './batch-plan.js';
import { turnOfOthers } from './clock.js';
import { EFAULT } from './errnos.js';
import type { KernelError } from './errors.js';
import type { OpenFile } from './open-file.js';
import { PREAD, PWRITE } from './opcodes.js';
import type { Manner } from './options.js';
import { readViews, writeViews } from './transfers.js';
import type { Views } from './views.js';

/** Operations of a batch of copies that are under way at once. */
const ONE_BY_ONE = 64;
/** Bytes that Linux moves in one operation at the most. */
const MAX_RW_COUNT = 2 ** 31 - 4096;

/** The memory of one operation, and no more than the kernel moves in one: a result has no room for more. */
function partAt(whole: Views, plan: Plan, index: number): Views {
  const size = sizeAt(whole, plan, index);
  return plan.part === 0 ? whole.part(index, 0, size) : whole.part(0, index * plan.part, index * plan.part + size);
}

/** Bytes of one operation, as they were when the batch began. */
function sizeAt(whole: Views, { part }: Plan, index: number): number {
  return Math.min(MAX_RW_COUNT, part === 0 ? whole.lengthOf(index) : part);
}

/** Each operation by itself, for those of which some need a copy; begun in order, some at once. */
export async function oneByOne(
  file: OpenFile,
  opcode: number,
  plan: Plan,
  manner: Readonly<Manner>,
): Promise<Int32Array> {
  const whole = plan.views;
  const results = new Int32Array(plan.positions.length);
  let next = 0;
  const move = async (index: number): Promise<number> => {
    try {
      const position = plan.positions[index] as number;
      const views = partAt(whole, plan, index);
      // Without I/O, nothing else would have a turn.
      if (views.total === 0 && index % ONE_BY_ONE === 0) await turnOfOthers();
      if (opcode === PREAD) return await readViews(file, views, position, manner, 'caller');
      if (views.total < sizeAt(whole, plan, index)) return EFAULT;
      return await writeViews(file, views, file.facts.append ? undefined : position, manner, 'caller');
    } catch (error) {
      const { errno } = error as KernelError;
      if (typeof errno === 'number') return errno;
      next = results.length;
      throw error;
    }
  };
  const moveOn = async (): Promise<void> => {
    while (next < results.length) {
      const index = next++;
      // Not `results[index] = await …`: the place would be looked up before.
      const result = await move(index);
      results[index] = result;
    }
  };
  const work = async (): Promise<Int32Array> => {
    const movers = Array.from({ length: Math.min(ONE_BY_ONE, results.length) }, moveOn);
    // All of them: the memory is the caller's again when the promise settles.
    await Promise.allSettled(movers);
    await Promise.all(movers);
    return results;
  };
  return inSteps(file, work, { signal: manner.signal, views: whole, writes: opcode === PWRITE });
}
