import os from 'node:os';
import { cpuTicks } from '../../harness/machine.js';
import type { Options } from '../../harness/options.js';
import type { Progress } from '../../harness/run.js';
import { at, seededRandom, shuffled } from '../../harness/statistics.js';
import { makeSweeps, type Sweep, worstSteal } from '../../harness/sweeps.js';
import type { TransferCell, TransferRound, TransferSeries } from './cell.js';
import type { Contestant, Transfer } from './contestant.js';

const UNWATCHED = { begins: () => undefined, ends: () => undefined };

/** What goes wrong is told with the name of whom it went wrong for. */
async function naming<Result>({ name }: Contestant, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** Moves everything once, and throws where a byte of it is wrong. */
async function check(contestant: Contestant, transfer: Transfer): Promise<void> {
  await transfer.prepare();
  if (contestant.check) await contestant.check();
  else await contestant.move(UNWATCHED);
  await transfer.inspect?.();
}

async function measureOnce(contestant: Contestant, transfer: Transfer): Promise<TransferRound> {
  await transfer.prepare();
  const load = at(os.loadavg(), 0);
  let before: ReturnType<typeof cpuTicks> | undefined;
  let after: ReturnType<typeof cpuTicks> | undefined;
  const work = await contestant.move({
    begins: () => (before = cpuTicks()),
    ends: () => (after = cpuTicks()),
  });
  await transfer.inspect?.();
  if (before === undefined || after === undefined) throw new Error('it did not say when it was measured');
  if (work.bytes !== transfer.bytes) throw new Error(`${work.bytes} of ${transfer.bytes} bytes were moved`);
  const ticks = Math.max(1, after.total - before.total);
  const secondsPerTick = (work.seconds * os.cpus().length) / ticks;
  return {
    ...work,
    machineSeconds: (after.busy - before.busy) * secondsPerTick,
    stealPercent: (100 * (after.steal - before.steal)) / ticks,
    load,
  };
}

type Sweeps = readonly Sweep<TransferRound>[];

function seriesOf(contestant: Contestant, kept: Sweeps, discarded: Sweeps): TransferSeries {
  const { name, summary, side, counterpart, command } = contestant;
  const rounds = (sweeps: Sweeps) => sweeps.flatMap((sweep) => sweep.get(name) ?? []);
  return {
    contestant: name,
    summary,
    side,
    ...(counterpart !== undefined && { counterpart }),
    command,
    rounds: rounds(kept),
    discarded: rounds(discarded),
  };
}

/** Checks every contestant's bytes, then measures them in rounds, each in its own random order. */
export async function measureTransfer(
  { scenario, place, where }: Pick<TransferCell, 'scenario' | 'place' | 'where'>,
  transfer: Transfer,
  { rounds, breadth }: Pick<Options, 'rounds' | 'breadth'>,
  signal: AbortSignal,
  progress: Progress,
): Promise<TransferCell> {
  const { bytes, contestants } = transfer;
  const title = `${scenario}, ${place}`;
  // What a move has left is inspected after each of them: to see that it works, the round will do.
  const unchecked = contestants.filter((one) => breadth !== 'smoke' || one.check !== undefined);
  for (const contestant of unchecked) {
    progress(`${title}: checking the bytes: ${contestant.name}`);
    signal.throwIfAborted();
    await naming(contestant, check(contestant, transfer));
  }
  const random = seededRandom(title.length);
  const { kept, discarded } = await makeSweeps<TransferRound>(rounds, async (index) => {
    const sweep = new Map<string, TransferRound>();
    for (const contestant of shuffled(contestants, random)) {
      progress(`${title}, round ${index + 1} of ${rounds}: ${contestant.name}`);
      signal.throwIfAborted();
      sweep.set(contestant.name, await naming(contestant, measureOnce(contestant, transfer)));
    }
    return sweep;
  });
  const series = contestants.map((contestant) => seriesOf(contestant, kept, discarded));
  return { scenario, place, where, bytes, series, stealPercent: kept.map(worstSteal) };
}
