import fs from 'node:fs';
import { constants } from 'node:os';
import { promisify } from 'node:util';

import type * as Binding from './binding.cjs';

type NativeFailure = Binding.NativeFailure;

const PAGE = 4096;
const SLAB = 1024 * 1024;
/** Above it, blocks come in whole pages. */
const LARGEST_CLASS = 4 * 1024 * 1024;

const { errno } = constants;
/** statfs(2) types of /proc and /sys on Linux. */
const PSEUDO = new Set([0x9fa0, 0x62656572]);
const statfs = promisify(fs.statfs) as (path: Buffer) => Promise<fs.StatsFs>;

/** Should a FIFO take the place of what was looked at; Windows has neither. */
const NONBLOCK = (fs.constants as Partial<typeof fs.constants>).O_NONBLOCK ?? 0;
const statPath = promisify(fs.stat) as (path: Buffer, options: { bigint: true }) => Promise<fs.BigIntStats>;
const openFd = promisify(fs.open);
const closeFd = promisify(fs.close);
const fstat = promisify(fs.fstat) as (fd: number, options: { bigint: true }) => Promise<fs.BigIntStats>;
const ftruncate = promisify(fs.ftruncate);
const futimes = promisify(fs.futimes);

function failure(number: number, syscall: string, more: Partial<NativeFailure> = {}): NativeFailure {
  return { errno: -Math.abs(number), syscall, ...more };
}

/** What node:fs rejected with. */
function failureOf(error: unknown, syscall: string): NativeFailure {
  return failure((error as NodeJS.ErrnoException).errno ?? errno.EIO, syscall);
}

interface Pool {
  readonly limit: number;
  mapped: number;
}

let handles = 0;
const pools = new Map<number, Pool>();
const slabs = new Map<number, { pool: Pool | undefined; length: number }>();
const files = new Map<number, number>();

function blockSizeOf(size: number): number {
  if (size > LARGEST_CLASS) return Math.ceil(size / PAGE) * PAGE;
  return Math.max(PAGE, 2 ** Math.ceil(Math.log2(size)));
}

function slab(length: number, blockSize: number, pool: Pool | undefined): Binding.NativeSlab {
  const handle = ++handles;
  slabs.set(handle, { pool, length });
  if (pool !== undefined) pool.mapped += length;
  return { memory: new ArrayBuffer(length), handle, length, hold: 0, blockSize, sharedOffset: -1 };
}

async function attempt(handle: number, syscall: string, work: (fd: number) => Promise<unknown>) {
  const fd = files.get(handle);
  if (fd === undefined) return failure(errno.EBADF, syscall);
  try {
    await work(fd);
    return null;
  } catch (error) {
    return failureOf(error, syscall);
  }
}

function kindOf(stat: fs.BigIntStats): string | undefined {
  if (stat.isFile()) return undefined;
  // Its length is not to be had by node:fs.
  if (stat.isBlockDevice()) return 'a block device';
  if (stat.isDirectory()) return 'a directory';
  if (stat.isFIFO()) return 'a FIFO';
  return stat.isSocket() ? 'a socket' : 'a character device';
}

/**
 * What stands in for the binding where there is no binary for the platform: files through the page cache, memory of
 * JavaScript's own, and no kernel AIO.
 */
export const withoutBinding: Omit<typeof Binding, '__napiBindingTarget' | 'NativeContext' | 'default'> = {
  systemPageSize: () => PAGE,

  createPool({ limit, shared }) {
    if (shared) return failure(errno.ENOSYS, 'memfd_create');
    pools.set(++handles, { limit, mapped: 0 });
    return { id: handles, fd: -1 };
  },

  growPool(id, size) {
    const pool = pools.get(id);
    const blockSize = blockSizeOf(size);
    if (pool === undefined || blockSize > pool.limit) return failure(errno.ENOMEM, 'mmap', { reason: 'size' });
    const left = pool.limit - pool.mapped;
    if (blockSize > left) return failure(errno.ENOMEM, 'mmap', { reason: 'exhausted' });
    const wanted = Math.min(SLAB, Math.floor(pool.limit / 8), left);
    return slab(Math.max(1, Math.floor(wanted / blockSize)) * blockSize, blockSize, pool);
  },

  mapSlab(size) {
    const length = Math.ceil(size / PAGE) * PAGE;
    try {
      return slab(length, length, undefined);
    } catch {
      return failure(errno.ENOMEM, 'mmap');
    }
  },

  detachSlab(handle) {
    const known = slabs.get(handle);
    if (known?.pool !== undefined) known.pool.mapped -= known.length;
    return slabs.delete(handle);
  },

  // Memory is V8's own here, and kept by the view that node:fs was given.
  holdSlab: () => 1,
  checkTransfers: () => undefined,
  releaseSlab: () => undefined,
  refuseExternalMemory: () => undefined,
  showsMemory: () => true,
  copyFromSlab: () => true,
  copyToSlab: () => true,
  keepFreed: () => undefined,
  // Only the kernel's operations have a use for it.
  makeUnseen: () => [],
  showUnseen: () => null,
  dropUnseen: () => undefined,

  poolMapped: (id) => pools.get(id)?.mapped ?? 0,
  closePool: (id) => void pools.delete(id),

  async openFile(path, flags, mode, direct) {
    if (direct)
      return failure(errno.EINVAL, 'open', {
        reason: 'no-direct',
        detail: `a ${process.platform} system without the native part`,
      });
    const append = (flags & fs.constants.O_APPEND) !== 0;
    let fd = -1;
    try {
      // Looked at before: opening alone waits at a FIFO and rewinds a tape.
      const known = await statPath(Buffer.from(path), { bigint: true }).catch(() => undefined);
      const refused = known && kindOf(known);
      if (refused !== undefined) return failure(errno.EINVAL, 'open', { reason: 'unsupported', detail: refused });
      if (known !== undefined && PSEUDO.has((await statfs(Buffer.from(path))).type)) {
        return failure(errno.EINVAL, 'open', { reason: 'unsupported', detail: 'a file of a pseudo filesystem' });
      }
      fd = await openFd(Buffer.from(path), (flags & ~fs.constants.O_APPEND) | NONBLOCK, mode);
      const stat = await fstat(fd, { bigint: true });
      const kind = kindOf(stat);
      if (kind !== undefined) {
        await closeFd(fd);
        return failure(errno.EINVAL, 'open', { reason: 'unsupported', detail: kind });
      }
      files.set(++handles, fd);
      return {
        handle: handles,
        fd,
        size: Number(stat.size),
        identity: `${stat.dev}:${stat.ino}`,
        blockDevice: false,
        direct: false,
        append,
        memory: 1,
        offset: 1,
        read: 1,
        source: 'buffered',
      };
    } catch (error) {
      return failureOf(error, 'open');
    }
  },

  async statFile(handle) {
    const fd = files.get(handle);
    if (fd === undefined) return failure(errno.EBADF, 'fstat');
    try {
      const stat = await fstat(fd, { bigint: true });
      return { size: Number(stat.size), blocks: Number(stat.blocks), blockSize: Number(stat.blksize) };
    } catch (error) {
      return failureOf(error, 'fstat');
    }
  },

  truncateFile: (handle, length) => attempt(handle, 'ftruncate', (fd) => ftruncate(fd, length)),

  cutFileBack: (handle, length, padded) =>
    attempt(handle, 'ftruncate', async (fd) => {
      const { size } = await fstat(fd, { bigint: true });
      if (size > length && size <= padded) await ftruncate(fd, length);
    }),

  // Its files are node:fs's own.
  carryOut: () => Promise.resolve(-errno.ENOSYS),

  preallocateFile: () => Promise.resolve(failure(errno.EOPNOTSUPP, 'fallocate')),

  copyAccessListOf: () => Promise.resolve(failure(errno.ENODATA, 'getxattr')),

  dropCached: () => Promise.resolve(failure(errno.ENOSYS, 'fadvise')),

  // node:fs does not look for holes: all is data.
  async findData(handle, from) {
    const fd = files.get(handle);
    if (fd === undefined) return failure(errno.EBADF, 'lseek');
    try {
      const size = Number((await fstat(fd, { bigint: true })).size);
      return from < size ? Float64Array.of(from, size) : new Float64Array();
    } catch (error) {
      return failureOf(error, 'lseek');
    }
  },

  // A number that counts seconds has no room for nanoseconds.
  setFileTimes: (handle, accessed, accessedNanoseconds, modified, modifiedNanoseconds) =>
    attempt(handle, 'futimens', (fd) =>
      futimes(fd, accessed + accessedNanoseconds / 1e9, modified + modifiedNanoseconds / 1e9),
    ),

  closeFile(handle) {
    const closing = attempt(handle, 'close', closeFd);
    files.delete(handle);
    return closing;
  },

  setupContext: () => Promise.resolve(failure(errno.ENOSYS, 'io_setup')),
  attachContext: () => null,
  teardownContext: () => Promise.resolve(),
  withdrawOperation: () => false,
  queueStats: () => null,

  async probePath(path) {
    try {
      const stat = await promisify(fs.stat)(Buffer.from(path));
      const reason = `no native part on ${process.platform} ${process.arch}`;
      return {
        kind: stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other',
        direct: 'no',
        directReason: reason,
        aioErrno: -errno.ENOSYS,
        kernel: '',
        nowait: 'never',
        advice: [`Files go through node:fs and the page cache here: ${reason}.`],
      };
    } catch (error) {
      return failureOf(error, 'open');
    }
  },
};
