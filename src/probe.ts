import type { Alignment } from './alignment.js';
import { kernelError } from './errors.js';
import { isFailure, probePath, type NativeProbe } from './native.js';
import { openError, pathBytes, type FilePath } from './open.js';

/** The block device under a path; what the system does not tell is undefined. */
export interface DeviceReport {
  /** Its name in /sys/block or, of a partition, in /sys/class/block. */
  name: string;
  /** Operations that the device's queue takes before submitting blocks. */
  nrRequests: number | undefined;
  /** Bytes. */
  logicalBlockSize: number | undefined;
  /** Bytes. */
  physicalBlockSize: number | undefined;
  /** Whether writes are volatile until a flush. */
  writeCache: boolean | undefined;
  /** Whether single writes can be made durable without a flush (force unit access). */
  fua: boolean | undefined;
  rotational: boolean | undefined;
  /** The I/O scheduler in use. */
  scheduler: string | undefined;
  /** Kilobytes of one request; larger operations are split by the kernel. */
  maxSectorsKb: number | undefined;
  maxSegments: number | undefined;
  /** Mask of address bits that must be 0. */
  dmaAlignment: number | undefined;
}

/** The machine's limits on Linux AIO. */
export interface LimitsReport {
  /** fs.aio-nr: operations that all contexts of the system were set up for. */
  inUse: number | undefined;
  /** fs.aio-max-nr. */
  limit: number | undefined;
}

/** What a path, its filesystem, its device and the kernel can do. */
export interface ProbeReport {
  path: string;
  /** `file`, `block-device`, `directory`, `fifo`, `char-device`, `socket`, `pseudo` (of /proc and the like), `other`. */
  kind: string;
  /** The filesystem's type, undefined for block devices. */
  filesystem: string | undefined;
  mountPoint: string | undefined;
  /** Whether O_DIRECT works; undefined where it could not be tried. */
  direct: boolean | undefined;
  /** Why not, or why it could not be tried. */
  directReason: string | undefined;
  /** Undefined where O_DIRECT does not work. */
  alignment: Alignment | undefined;
  /** Whether kernel AIO works: making a queue was tried. */
  aio: boolean;
  /** The error code where it does not. */
  aioReason: string | undefined;
  limits: LimitsReport;
  /**
   * Operations that block inside io_submit(2) on this filesystem: `read`, `overwrite`, `append` (beyond the end),
   * `append-preallocated` (beyond the end, into space kept by `keepSize`), `unwritten` (preallocated space), `partial-block`,
   * `hole`. Undefined where that is not known.
   */
  blocking: string[] | undefined;
  /** Which operations RWF_NOWAIT serves on this kernel and filesystem: `never`, `reads` or `all`. */
  nowait: string;
  /** Bytes of writes that RWF_ATOMIC takes, undefined where it takes none. */
  atomicWrite: { min: number; max: number } | undefined;
  device: DeviceReport | undefined;
  kernel: string;
  /** What follows for the user, in plain sentences. */
  advice: string[];
}

function alignmentOf({ memory, offset, read, source }: NativeProbe): Alignment | undefined {
  if (memory === undefined || offset === undefined || read === undefined || source === undefined) return undefined;
  return { memory, offset, read, source };
}

function atomicOf({
  atomicUnitMin: min = 0,
  atomicUnitMax: max = 0,
}: NativeProbe): { min: number; max: number } | undefined {
  return max > 0 ? { min, max } : undefined;
}

const DIRECT: Record<string, boolean> = { yes: true, no: false };

/**
 * Looks at a file, a directory (in which a nameless file is made and dropped), or a block device. Reads at most 64 KiB and
 * takes up to 100 ms. Rejects with open(2)'s errors where the path leads nowhere; what exists but cannot be used is no error.
 */
export async function probe(path: FilePath): Promise<ProbeReport> {
  const bytes = pathBytes(path);
  const name = bytes.toString();
  const native = await probePath(bytes);
  if (isFailure(native)) throw openError(native, name);
  const { device } = native;
  return {
    path: name,
    kind: native.kind,
    filesystem: native.filesystem,
    mountPoint: native.mountPoint,
    direct: DIRECT[native.direct],
    directReason: native.directReason,
    alignment: alignmentOf(native),
    aio: native.aioErrno === 0,
    aioReason: native.aioErrno === 0 ? undefined : kernelError(native.aioErrno, 'io_setup', {}).code,
    limits: { inUse: native.aioInUse, limit: native.aioLimit },
    blocking: native.blocking,
    nowait: native.nowait,
    atomicWrite: atomicOf(native),
    device: device && { ...EMPTY_DEVICE, ...device },
    kernel: native.kernel,
    advice: native.advice,
  };
}

const EMPTY_DEVICE: Omit<DeviceReport, 'name'> = {
  nrRequests: undefined,
  logicalBlockSize: undefined,
  physicalBlockSize: undefined,
  writeCache: undefined,
  fua: undefined,
  rotational: undefined,
  scheduler: undefined,
  maxSectorsKb: undefined,
  maxSegments: undefined,
  dmaAlignment: undefined,
};
