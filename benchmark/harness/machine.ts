import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { at } from './statistics.js';

/** What the figures were made on. */
export interface Machine {
  date: string;
  /** Of the sources, with `-dirty` where they were changed; nothing outside of a clone, and in older runs. */
  commit?: string;
  kernel: string;
  cpu: string;
  cpus: number;
  memoryMebibytes: number;
  node: string;
  v8: string;
}

/** As `git rev-parse HEAD`, which does not tell of changes. */
function commit(): string | undefined {
  const line = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    return execFileSync('git', line, { cwd: import.meta.dirname, stdio: 'pipe', encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

export function describeMachine(): Machine {
  const its = commit();
  return {
    date: new Date().toISOString(),
    ...(its !== undefined && { commit: its }),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cpus: os.availableParallelism(),
    memoryMebibytes: Math.round(os.totalmem() / 2 ** 20),
    node: process.version,
    v8: process.versions.v8,
  };
}

/** CPU time of the whole machine since boot, in clock ticks: see proc_stat(5). */
export interface CpuTicks {
  busy: number;
  steal: number;
  total: number;
}

export function cpuTicks(): CpuTicks {
  // Guest time, behind these, is part of user time already.
  const names = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
  const found = /^cpu +([\d ]+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
  const ticks = found.split(' ').map(Number);
  const sum = (...wanted: (typeof names)[number][]) =>
    wanted.reduce((total, name) => total + at(ticks, names.indexOf(name)), 0);
  return {
    busy: sum('user', 'nice', 'system', 'irq', 'softirq'),
    steal: sum('steal'),
    total: sum(...names),
  };
}
