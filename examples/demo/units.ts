/** Bytes for people: powers of 1000, as disks are sold. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function megabytesPerSecond(count: number, seconds: number): string {
  return `${Math.round(count / 1e6 / Math.max(seconds, 1e-3))} MB/s`;
}
