import { constants } from 'node:fs';

import { invalidType, invalidValue } from './errors.js';
import { integer } from './options.js';

const { O_RDONLY, O_RDWR, O_WRONLY, O_CREAT, O_TRUNC, O_EXCL, O_APPEND, O_SYNC } = constants;

const FLAGS: Record<string, number> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  as: O_WRONLY | O_CREAT | O_APPEND | O_SYNC,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
  'as+': O_RDWR | O_CREAT | O_APPEND | O_SYNC,
};
for (const [first, second] of [
  ['xw', 'wx'],
  ['xw+', 'wx+'],
  ['xa', 'ax'],
  ['xa+', 'ax+'],
  ['sr', 'rs'],
  ['sr+', 'rs+'],
  ['sa', 'as'],
  ['sa+', 'as+'],
] as const) {
  FLAGS[first] = FLAGS[second] ?? 0;
}

/** O_* bits of Node's flag strings, or of a number as it is. */
export function openFlags(value: unknown): number {
  if (value === undefined || value === null) return O_RDONLY;
  if (typeof value === 'number') return integer('flags', value, 0, 0x7fff_ffff);
  if (typeof value !== 'string') throw invalidType('flags', 'a string or a number', value);
  const bits = Object.hasOwn(FLAGS, value) ? FLAGS[value] : undefined;
  if (bits === undefined) throw invalidValue('flags', "is not one of Node's file system flags", value);
  return bits;
}
