import { writeSync } from 'node:fs';
import type { Work } from './cell.js';

/** Printed by a program when what is timed begins. */
export const BEGINS = 'measuring';

/** In the environment: how often a program warms up. */
export const WARM_UPS = 'LINUX_AIO_WARM_UPS';

/**
 * In a program of its own: does something small in the same way, as often as it is told, then all of it, and prints what that
 * took.
 *
 * @param warm what is compiled, opened and set up by it is not timed.
 * @param work the bytes that it has moved.
 */
export async function timePassage(warm: () => Promise<unknown>, work: () => Promise<number>): Promise<void> {
  for (let time = 0; time < Number(process.env[WARM_UPS] ?? 1); time++) await warm();
  writeSync(1, `${BEGINS}\n`);
  const before = process.resourceUsage();
  const begin = performance.now();
  const bytes = await work();
  const seconds = (performance.now() - begin) / 1000;
  const after = process.resourceUsage();
  const cpuMicros = after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime;
  const passage: Work = { bytes, seconds, cpuSeconds: cpuMicros / 1e6 };
  writeSync(1, `${JSON.stringify(passage)}\n`);
}
