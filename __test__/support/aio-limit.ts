import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';

const IN_USE = '/proc/sys/fs/aio-nr';
/** Writable for root, but not in every container. */
export const LIMIT = '/proc/sys/fs/aio-max-nr';

/** Writes back what it is given as an argument when whoever holds its standard input closes it, or is killed. */
const GUARD = `echo ready; read -r line; echo "$1" > ${LIMIT}`;

/** Operations that all contexts of the machine have asked for. */
function inUse(): number {
  return Number(readFileSync(IN_USE, 'utf8'));
}

/**
 * Lowers `fs.aio-max-nr` of the whole machine to `left` more than is in use while `work` runs, and puts it back, also
 * should this process be killed meanwhile.
 */
export async function withAioLimit<T>(left: number, work: () => Promise<T>): Promise<T> {
  const limit = readFileSync(LIMIT, 'utf8').trim();
  const guard = spawn('sh', ['-c', GUARD, 'sh', limit], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const gone = once(guard, 'close');
  try {
    await once(guard.stdout, 'data');
    writeFileSync(LIMIT, `${inUse() + left}`);
    return await work();
  } finally {
    writeFileSync(LIMIT, limit);
    guard.stdin.end();
    await gone;
  }
}
