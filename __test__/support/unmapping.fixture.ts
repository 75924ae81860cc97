import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { BufferPool, allocate } from '../../index.js';

/** Gives back memory of `allocate`, of a pool that is closed, and little memory: each of the size that it is told. */
const [own = 0, pooled = 0, little = 0] = process.argv.slice(2).map(Number);

function unmaps(): boolean {
  return readdirSync('/proc/self/task').some((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').startsWith('linux-aio-unmap');
    } catch {
      return false;
    }
  });
}

async function main(): Promise<void> {
  allocate(own).fill(1)[Symbol.dispose]();
  const pool = BufferPool.create({ limit: pooled });
  pool.release(pool.acquire(pooled).fill(1));
  pool.close();
  allocate(little).fill(1)[Symbol.dispose]();
  // What the thread has not done when the process ends is not in the trace. One that has just begun has not its name yet.
  for (let turn = 0, quiet = 0; turn < 3000 && quiet < 50; turn++) {
    quiet = unmaps() ? 0 : quiet + 1;
    await sleep(10);
  }
}

void main();
