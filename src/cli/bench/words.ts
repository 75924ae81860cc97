import { sizeText } from '../sizes.js';
import type { BenchRecord } from './record.js';

/** What was done. */
export function jobText({ job, target }: BenchRecord): string {
  const { pattern, readPercent, blockSize, depth, threads, runtime, rate } = job;
  const mix = pattern.endsWith('rw') ? `, ${readPercent} % reads` : '';
  const most = rate === undefined ? '' : `, at most ${rate} operations/s each`;
  const what = `${pattern}${mix}, blocks of ${sizeText(blockSize)}, depth ${depth}, ${threads === 1 ? '1 job' : `${threads} jobs`}`;
  return `${what}${most}, ${runtime} s of ${sizeText(target.size)}`;
}

/** To what. */
export function targetText({ target, engines }: BenchRecord): string {
  const { path, filesystem, device, direct, created } = target;
  const place = [filesystem, device].filter((part) => part !== undefined).join(' on ');
  const rounds = engines[0]!.rounds.length;
  const how = direct ? 'past the page cache' : 'THROUGH the page cache: there is no O_DIRECT here';
  const which = created ? 'a file made for this' : path;
  return `${which}${place === '' ? '' : ` (${place})`}, ${how}${rounds > 1 ? `, ${rounds} rounds of each, one after the other` : ''}`;
}
