import { readdirSync, readFileSync } from 'node:fs';

/** The process and all that descend from it. Needs a kernel that lists children (CONFIG_PROC_CHILDREN), as distributions' do. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [pid, ...children.flatMap(familyOf)];
}

/** The first field of schedstat is nanoseconds; stat of the process would count ticks of 10 ms. */
function nanosecondsOf(pid: number): number {
  const times = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return times.reduce((sum, time) => sum + time, 0);
}

/** Seconds of CPU time that the living threads of a process and of its descendants have had: what a thread had that has ended is lost. */
export function processCpuSeconds(pid: number): number {
  return familyOf(pid).reduce((sum, one) => sum + nanosecondsOf(one), 0) / 1e9;
}
