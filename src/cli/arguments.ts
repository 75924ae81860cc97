import { InvalidArgumentError } from 'commander';
import { parseDuration, parseSize, sizeText } from './sizes.js';

/** For an option of bytes. */
export function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined || bytes === 0) throw new InvalidArgumentError('Give a size such as 4096, 64k or 1GiB.');
  return bytes;
}

/** The same within bounds. */
export function sizeWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const bytes = size(text);
    if (bytes >= least && bytes <= most) return bytes;
    throw new InvalidArgumentError(`Give a size from ${sizeText(least)} to ${sizeText(most)}.`);
  };
}

/** For an option of time. */
export function duration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError('Give a time such as 10, 500ms or 2m.');
  return seconds;
}

/** For an option of whole numbers from `least` to `most`. */
export function count(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`Give a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}
