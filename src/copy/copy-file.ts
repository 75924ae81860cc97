import { refuseAborted } from '../abort.js';
import { dataRanges } from '../data-ranges.js';
import { DirectFile } from '../direct-file.js';
import { AioError } from '../errors.js';
import { open, pathBytes, type FilePath } from '../open.js';
import { flag, optionsObject } from '../options.js';
import { sizeOf } from '../size.js';
import { compare } from './compare.js';
import { openDestination, type Destination, type DestinationOptions, type Source } from './destination.js';
import { fileChanged, readFully, writeFully } from './fully.js';
import { inLanes } from './lanes.js';
import { ProgressMeter } from './progress.js';
import { bytesOf, pieces, widened, type Ranges } from './ranges.js';
import { reserve } from './reserve.js';
import { blockBytes, stepOf, transferOptions, type Transfer, type TransferOptions } from './transfer-options.js';

/** How a file is copied. */
export interface CopyOptions extends TransferOptions {
  /**
   * Read both back from the device when the copy is durable there, and compare; rejects with `ERR_AIO_VERIFY_FAILED`, and
   * without the copy, where they differ. Where there is no O_DIRECT it may be the page cache that is read. @default false
   */
  verify?: boolean | undefined;
  /**
   * Give the copy the source's mode, access control list, times, and as far as the process may its owner. Where the
   * filesystem has no such lists, of a file with one the group has no rights. Other extended attributes are not copied. Of a
   * block device nothing is changed. @default false
   */
  preserve?: boolean | undefined;
  /** Refuse a destination that exists, with EEXIST. @default false */
  exclusive?: boolean | undefined;
  /** Write to a block device although it is mounted or in use. @default false */
  force?: boolean | undefined;
  /**
   * Make the destination's name durable too: fsync(2) of the directory. Without it, after a power cut the name may lead to what
   * it led to before; never to less than all of the copy, whose content is durable in any case. Where that fsync fails, the
   * copy has its name all the same. @default false
   */
  flush?: boolean | undefined;
}

/** What a copy has done. */
export interface CopyResult {
  /** Bytes of the source. */
  size: number;
  /** Bytes that were read and written. */
  bytes: number;
  /** Bytes of holes, which were left out. */
  holes: number;
  /** Whether the copy was read back and compared. */
  verified: boolean;
}

/**
 * Copies a regular file or a block device past the page cache, with many operations in flight on both sides, and without
 * copying in memory.
 *
 * The copy is made under a temporary name in the destination's directory. Complete and durable, it takes the destination's name
 * at once. What had the name is replaced, not written into, which takes the right to write to the directory alone: other hard
 * links keep what it was, and the copy has its mode, its access control list and, as far as the process may, its owner. A new file has the source's permission bits, less the umask. On every failure and on
 * abort it is removed, and the destination is as before. Symbolic links are followed on both sides; one to nothing is refused.
 *
 * Holes stay holes where the filesystem tells them. Extents are never shared with the source (no reflink): a copy has blocks
 * of its own, so that what harms the source's leaves it whole. Of a source that is written meanwhile the copy may have any
 * mixture. One that grows is copied as long as it was; one that shrinks is `ERR_AIO_FILE_CHANGED`.
 *
 * A block device as the destination is written in place, with zeros for holes: an abort or an error leaves it half written, and
 * behind the source's length it stays as it was. It is refused with EBUSY where it is mounted or in use, unless `force`, and with
 * ENOSPC where it is too small.
 *
 * Rejects with the errors of open(2), read(2), write(2) and rename(2), `ERR_AIO_SAME_FILE`, EISDIR for a directory as the
 * destination, and `ERR_AIO_UNSUPPORTED_FILE` for what else is neither file nor block device.
 */
export async function copyFile(
  source: FilePath,
  destination: FilePath,
  options?: CopyOptions | null,
): Promise<CopyResult> {
  const [from, to] = [pathBytes(source, 'source'), pathBytes(destination, 'destination')];
  const transfer = transferOptions(options);
  const given = copyOptions(options);
  await using file = await open(from);
  const inside = DirectFile.inside(file);
  const whole: Source = { file, size: await sizeOf(inside), stat: await file.stat({ bigint: true }) };
  refuseAborted(transfer.signal);
  const target = await openDestination(to, whole, given);
  try {
    const bytes = await copyInto(target, whole, transfer);
    if (given.verify) await verify(target, whole, transfer);
    await target.publish(transfer.signal);
    return { size: whole.size, bytes, holes: whole.size - bytes, verified: given.verify };
  } catch (error) {
    await target.discard();
    throw target.explained(error);
  }
}

function copyOptions(options: unknown): DestinationOptions & { verify: boolean } {
  const { verify, preserve, exclusive, force, flush } = optionsObject('options', options) as CopyOptions;
  return {
    verify: flag('options.verify', verify, false),
    preserve: flag('options.preserve', preserve, false),
    exclusive: flag('options.exclusive', exclusive, false),
    force: flag('options.force', force, false),
    flush: flag('options.flush', flush, false),
  };
}

/** Moves the source's data; how many bytes that were. */
async function copyInto({ file, sparse }: Destination, source: Source, transfer: Transfer): Promise<number> {
  const { size } = source;
  const step = stepOf(source.file, file);
  const inside = DirectFile.inside(source.file);
  const ranges = (): Ranges => widened(sparse ? dataRanges(inside, size) : [{ start: 0, end: size }], step, size);
  const total = await (sparse ? reserve(file, size, ranges(), transfer) : bytesOf(ranges()));
  const meter = new ProgressMeter(transfer.progress, 'copy', total);
  const shape = {
    lanes: transfer.inFlight,
    blocks: 1,
    blockSize: blockBytes(transfer, step, size),
    signal: transfer.signal,
  };
  await inLanes(pieces(ranges(), shape.blockSize), shape, async ({ position, length }, [block]) => {
    await readFully(source.file, block!, position, length);
    await writeFully(file, block!, position, length);
    meter.add(length);
    return true;
  });
  // Where it was cut inside a hole, no read has told.
  if ((await sizeOf(inside)) < size) throw fileChanged(source.file.path);
  meter.finish();
  return meter.bytes;
}

/** Compares what the device has of both. */
async function verify({ file }: Destination, source: Source, transfer: Transfer): Promise<void> {
  await file.datasync();
  const { position } = await compare(source.file, file, source.size, transfer);
  if (position === undefined) return;
  const what = `'${file.path}' differs from '${source.file.path}' at ${String(position)}`;
  throw new AioError('ERR_AIO_VERIFY_FAILED', `${what}: it was read back, and is not what was written`, {
    path: file.path,
  });
}
