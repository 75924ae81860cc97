/** Powers of 1024, and with a B alone of 1000, as dd and other programs of GNU have it. */
const PREFIXES = 'kmgtp';

/** Bytes of `64k`, `1GiB`, `10MB`, `4096`; undefined for what is no size. Fractions are taken where they come to whole bytes. */
export function parseSize(text: string): number | undefined {
  const [, digits = '', prefix = '', unit = ''] = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])(ib|b)?|b)?$/i.exec(text.trim()) ?? [];
  if (digits === '') return undefined;
  const power = prefix === '' ? 0 : PREFIXES.indexOf(prefix.toLowerCase()) + 1;
  const bytes = Number(digits) * (unit.toLowerCase() === 'b' ? 1000 : 1024) ** power;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** Seconds of `10`, `500ms`, `1.5s`, `2m`, `1h`; undefined for what is no time. */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit = 's'] = /^(\d+(?:\.\d+)?) ?(ms|s|m|h)?$/i.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : Number(digits) * SECONDS[unit.toLowerCase()]!;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for people. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  if (unit === 0) return bytes === 1 ? '1 byte' : `${value} bytes`;
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Bytes in so many seconds, for people. */
export function speedText(bytes: number, seconds: number): string {
  const perSecond = bytes / Math.max(seconds, 1e-3) / 2 ** 20;
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)} MiB/s`;
}

export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A number of operations for people: three digits that count. */
export function countText(count: number): string {
  if (count >= 1e6) return `${(count / 1e6).toFixed(count >= 1e7 ? 1 : 2)} M`;
  if (count >= 1e4) return `${(count / 1000).toFixed(count >= 1e5 ? 0 : 1)} k`;
  return String(Math.round(count));
}
