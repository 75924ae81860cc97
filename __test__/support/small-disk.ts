import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';

const MEBIBYTE = 1 << 20;

/** Registers the test once for each filesystem that is soon full; without root, as skipped. */
export function eachSmallDisk(
  title: string,
  implementation: (t: ExecutionContext, directory: string) => Promise<void>,
): void {
  for (const [name, mount] of [
    ['ext4', mountExt4],
    ['tmpfs', mountTmpfs],
  ] as const) {
    onMount(title, name, mount, implementation);
  }
}

/** Registers the test for an ext4 on a device that fails when 16 MiB were written, of the 64 that it claims to have. */
export function onFailingDisk(
  title: string,
  implementation: (t: ExecutionContext, directory: string) => Promise<void>,
): void {
  onMount(title, 'failing device', mountFailing, implementation);
}

function onMount(
  title: string,
  name: string,
  mount: (place: string, point: string) => void,
  implementation: (t: ExecutionContext, directory: string) => Promise<void>,
): void {
  if (process.geteuid?.() !== 0) {
    test.skip(`${title} [${name}: needs root]`, () => undefined);
    return;
  }
  test(`${title}, ${name}`, async (t) => {
    // A name that the test harness sweeps, should this process be killed.
    const place = mkdtempSync(join(realpathSync(tmpdir()), `linux-aio-test-${process.pid}-`));
    const point = join(place, 'mounted');
    mkdirSync(point);
    t.teardown(() => {
      execFileSync('umount', ['--lazy', point]);
      if (existsSync(join(place, 'backing'))) execFileSync('umount', ['--lazy', join(place, 'backing')]);
      rmSync(place, { recursive: true });
    });
    mount(place, point);
    await implementation(t, point);
  });
}

/** 8 MiB, of which somewhat less is for files. */
function mountExt4(place: string, point: string): void {
  const image = join(place, 'image');
  const file = openSync(image, 'wx');
  ftruncateSync(file, 8 * MEBIBYTE);
  closeSync(file);
  // Block and journal sizes are given, so that a small image is laid out like a large one.
  execFileSync('mkfs.ext4', ['-q', '-F', '-b', '4096', '-O', '^has_journal', '-m', '0', image]);
  execFileSync('mount', ['-t', 'ext4', '-o', 'loop,rw', image, point]);
}

function mountTmpfs(_: string, point: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', point]);
}

function mountFailing(place: string, point: string): void {
  const backing = join(place, 'backing');
  mkdirSync(backing);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', backing]);
  const image = join(backing, 'image');
  const file = openSync(image, 'wx');
  ftruncateSync(file, 64 * MEBIBYTE);
  closeSync(file);
  execFileSync('mkfs.ext4', ['-q', '-F', '-b', '4096', '-O', '^has_journal', '-m', '0', image]);
  execFileSync('mount', ['-t', 'ext4', '-o', 'loop,rw', image, point]);
}
