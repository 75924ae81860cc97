/** What a file asks of direct operations, in bytes, and who said so. */
export interface Alignment {
  /** Of every address in memory. */
  readonly memory: number;
  /** Of position and length of writes. */
  readonly offset: number;
  /** Of position and length of reads; may be finer than `offset` (Linux 6.14). */
  readonly read: number;
  /**
   * `statx` (statx(2), Linux 6.1), `xfs` (XFS_IOC_DIOINFO), `block` (BLKSSZGET), `trial` (reads that
   * were tried), `statfs` (the filesystem's block size, where a file is empty), or `buffered` (through the page cache,
   * which takes anything).
   */
  readonly source: string;
}

/** Whether `value` is a multiple of `step`; exact up to 2^53. Not by `%`, which is slow beyond 2^31. */
export function isMultiple(value: number, step: number): boolean {
  return Math.floor(value / step) * step === value;
}

/** `value` down to a multiple of `step`; exact up to 2^53. */
export function alignDown(value: number, step: number): number {
  return value - (value % step);
}

/** `value` up to a multiple of `step`. */
export function alignUp(value: number, step: number): number {
  const over = value % step;
  return over === 0 ? value : value - over + step;
}
