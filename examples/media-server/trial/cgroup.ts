import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MOUNT = '/sys/fs/cgroup';
const GONE_MS = 20;

/** Where memory is limited on this machine, and by which file: cgroup version 2, or 1. */
function hierarchy(): { parent: string; limit: string } | undefined {
  const controllers = join(MOUNT, 'cgroup.controllers');
  if (existsSync(controllers) && readFileSync(controllers, 'utf8').includes('memory')) {
    return { parent: MOUNT, limit: 'memory.max' };
  }
  const parent = join(MOUNT, 'memory');
  return existsSync(join(parent, 'cgroup.procs')) ? { parent, limit: 'memory.limit_in_bytes' } : undefined;
}

/** Processes with so much memory together, the pages that they bring into the page cache among it. Needs root. */
export class Cgroup implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** What this machine has not that one needs. */
  static lacking(): string | undefined {
    const found = hierarchy();
    if (found === undefined) return 'cgroups that limit memory';
    try {
      accessSync(found.parent, constants.W_OK);
      return undefined;
    } catch {
      return 'root, and cgroups that it may make';
    }
  }

  static create(limitBytes: number): Cgroup {
    const found = hierarchy();
    if (found === undefined) throw new Error('there is no cgroup that limits memory');
    const { parent, limit } = found;
    if (parent === MOUNT) writeFileSync(join(MOUNT, 'cgroup.subtree_control'), '+memory');
    const path = join(parent, `linux-aio-${process.pid}-${Date.now()}`);
    mkdirSync(path);
    writeFileSync(join(path, limit), `${limitBytes}`);
    return new Cgroup(path);
  }

  /** Where a process writes its id to come in. */
  get members(): string {
    return join(this.path, 'cgroup.procs');
  }

  add(pid: number): void {
    writeFileSync(this.members, `${pid}`);
  }

  /** When its last process is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    while (readFileSync(this.members, 'utf8') !== '') await sleep(GONE_MS);
    rmdirSync(this.path);
  }
}
