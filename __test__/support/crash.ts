import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

import { targets } from './targets.js';
import { unmount } from './unmount.js';

const MEBIBYTE = 1 << 20;
/** xfs refuses less than 300 MiB; sparse. */
const IMAGE_BYTES = 320 * MEBIBYTE;

/** How each filesystem is made, and mounted so that nothing is committed by itself in the time of a test. */
const FILESYSTEMS = {
  ext4: { make: ['-q', '-F'], mount: 'commit=300' },
  xfs: { make: ['-q', '-f'], mount: 'nouuid' },
  btrfs: { make: ['-q', '-f'], mount: 'commit=300' },
} as const;
type Filesystem = keyof typeof FILESYSTEMS;

/** A filesystem whose machine can lose its power. */
export class Crashing {
  readonly directory: string;
  readonly #type: Filesystem;
  readonly #image: string;

  constructor(type: Filesystem, place: string) {
    this.#type = type;
    this.#image = join(place, 'image');
    this.directory = join(place, 'mounted');
    mkdirSync(this.directory);
    const file = openSync(this.#image, 'wx');
    ftruncateSync(file, IMAGE_BYTES);
    closeSync(file);
    execFileSync(`mkfs.${type}`, [...FILESYSTEMS[type].make, this.#image], { stdio: 'ignore' });
    this.#mount();
  }

  /** What the device holds now; nothing may be in flight. Synchronous, so that nothing else of this process happens meanwhile. */
  snapshot(): string {
    const copy = `${this.#image}-${process.hrtime.bigint()}`;
    execFileSync('cp', ['--sparse=always', this.#image, copy]);
    return copy;
  }

  /** Goes back to a snapshot, which is used up: the filesystem finds what it would find after the power came back. */
  restore(snapshot: string): void {
    this.unmount();
    execFileSync('mv', [snapshot, this.#image]);
    // It remembers what it had mounted, and refuses what is older.
    if (this.#type === 'btrfs') execFileSync('btrfs', ['device', 'scan', '--forget']);
    this.#mount();
  }

  unmount(): void {
    unmount(this.directory);
  }

  #mount(): void {
    const options = ['-t', this.#type, '-o', `loop,rw,${FILESYSTEMS[this.#type].mount}`];
    execFileSync('mount', [...options, this.#image, this.directory]);
  }
}

/** Registers the test once for each filesystem with a journal; without what it takes to make one, as skipped. */
export function eachCrashing(
  title: string,
  implementation: (t: ExecutionContext, filesystem: Crashing) => Promise<void>,
): void {
  for (const type of Object.keys(FILESYSTEMS) as Filesystem[]) {
    const missing = whyMissing(type);
    if (missing !== undefined) {
      test.skip(`${title} [${type}: ${missing}]`, () => undefined);
      continue;
    }
    test(`${title}, ${type}`, async (t) => {
      // A name that the test harness sweeps, should this process be killed. On a tmpfs: a copy takes no time.
      const place = mkdtempSync(join(realpathSync(tmpdir()), `linux-aio-test-${process.pid}-`));
      const memory = join(place, 'memory');
      mkdirSync(memory);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=640m', 'tmpfs', memory]);
      t.teardown(() => {
        execFileSync('umount', ['--lazy', memory]);
        rmSync(place, { recursive: true });
      });
      const filesystem = new Crashing(type, memory);
      t.teardown(() => {
        filesystem.unmount();
      });
      await implementation(t, filesystem);
    });
  }
}

/** Why there is no such filesystem here, as far as it is known. */
function whyMissing(type: Filesystem): string | undefined {
  if (process.geteuid?.() !== 0) return 'needs root';
  // By itself, ava makes no targets, and knows of none that could not be made.
  if (process.env.LINUX_AIO_TEST_TARGETS === undefined) return undefined;
  const target = targets().find(({ name }) => name === type);
  return target !== undefined && 'missing' in target ? target.missing : undefined;
}
