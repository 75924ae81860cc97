import { spawnSync } from 'node:child_process';

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** umount(8), again where that is busy: a child that another test has just forked has our descriptors for a moment. */
export function unmount(directory: string): void {
  for (let tries = 0; ; tries++) {
    const { status, stderr } = spawnSync('umount', [directory], { encoding: 'utf8' });
    if (status === 0) return;
    if (tries === 50 || !stderr.includes('busy')) throw new Error(stderr);
    Atomics.wait(PAUSE, 0, 0, 100);
  }
}
