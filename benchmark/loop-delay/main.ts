/**
 * `npm run benchmark:loop-delay`: how late the event loop comes under full load, beside node:fs doing the same and
 * beside ourselves without helper threads. Rounds are interleaved; the median of each figure is told, and the worst stall.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { execa } from 'execa';

import { Scratch } from '../../scripts/test/scratch.js';
import { makeTargets } from '../../scripts/test/targets.js';
import { cpuTicks, describeMachine } from '../harness/machine.js';
import { FILLED, LOADS, type Delay } from './loads.js';

const CONTESTANTS = ['linux-aio', 'linux-aio, no helpers', 'node:fs'];
const CHILD = resolve('benchmark/loop-delay/load.child.ts');

async function measure(contestant: string, load: string, directory: string, seconds: string): Promise<Delay> {
  const run = execa('node', ['--import=tsx', CHILD, contestant, load, directory, seconds], {
    forceKillAfterDelay: 1000,
  });
  const { stdout } = await run;
  for (const name of await readdir(directory)) if (name.startsWith('grows-')) await rm(join(directory, name));
  return JSON.parse(stdout) as Delay;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string', default: '' },
    },
  });
  const scratch = await Scratch.create();
  try {
    const targets = await makeTargets(scratch);
    const table = new Table({
      head: ['filesystem', 'load', 'by', 'ops/s', 'p50 ms', 'p99 ms', 'worst ms', 'longest submit ms', 'steal %'],
      style: { head: [], border: [] },
    });
    for (const target of targets) {
      if (!('directory' in target) || target.name === 'root' || target.name === 'tmpfs') continue;
      writeFileSync(join(target.directory, 'filled'), randomBytes(FILLED));
      for (const load of Object.keys(LOADS)) {
        if (!`${target.name}: ${load}`.includes(values.only)) continue;
        const delays = new Map<string, Delay[]>(CONTESTANTS.map((contestant) => [contestant, []]));
        const before = cpuTicks();
        for (let round = 0; round < Number(values.rounds); round++) {
          for (const [contestant, list] of delays) {
            list.push(await measure(contestant, load, target.directory, values.seconds));
          }
        }
        const after = cpuTicks();
        const stolen = (100 * (after.steal - before.steal)) / Math.max(1, after.total - before.total);
        for (const [contestant, list] of delays) {
          const of = (key: keyof Delay): number => median(list.map((delay) => delay[key] ?? 0));
          const worst = (key: keyof Delay): number => Math.max(...list.map((delay) => delay[key] ?? 0));
          const figures = [of('p50'), of('p99'), worst('max'), worst('submit'), stolen];
          table.push([
            target.name,
            load,
            contestant,
            Math.round(of('operations')),
            ...figures.map((value) => value.toFixed(1)),
          ]);
        }
        console.error(`${target.name}: ${load}`);
      }
    }
    console.log(JSON.stringify(describeMachine()));
    console.log(table.toString());
  } finally {
    await scratch.remove();
  }
}

void main();
