import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MOUNT = '/sys/fs/cgroup';
const GONE_MS = 20;

/** Where memory is limited on this machine, and by which file: cgroup version 2, or 1. */
function hierarchy(): { parent: string; limit: string } {
  const controllers = join(MOUNT, 'cgroup.controllers');
  if (existsSync(controllers) && readFileSync(controllers, 'utf8').includes('memory')) {
    writeFileSync(join(MOUNT, 'cgroup.subtree_control'), '+memory');
    return { parent: MOUNT, limit: 'memory.max' };
  }
  if (existsSync(join(MOUNT, 'memory'))) return { parent: join(MOUNT, 'memory'), limit: 'memory.limit_in_bytes' };
  throw new Error('there is no cgroup that limits memory');
}

/** Processes with so much memory together, the pages that they bring into the page cache among it. Needs root. */
export class Cgroup implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static create(limitBytes: number): Cgroup {
    const { parent, limit } = hierarchy();
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
