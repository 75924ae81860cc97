import type { Contestant } from '../harness/contestant.js';
import { FIO_LIBAIO, FIO_PSYNC } from './fio-names.js';

/** Iocbs that our queue hands to one io_submit(2) by default. */
const OUR_CHUNK = 8;

function fio(name: string, summary: string, program: string, own: (depth: number) => string[]): Contestant {
  return {
    name,
    summary,
    ownPositions: true,
    command: ({ depth }) => ({ file: process.execPath, arguments: [program, ...own(depth)] }),
  };
}

/**
 * fio's libaio engine, which submits as many at a time as our queue does and takes all completions that are there.
 *
 * @param batch most iocbs in one io_submit; the depth when it is 0.
 */
export function fioLibaio(program: (name: string) => string, batch = OUR_CHUNK): Contestant {
  const isLikeOurs = batch === OUR_CHUNK;
  const chunk = isLikeOurs ? `at most ${batch} iocbs, as our queue does` : 'all that completed';
  return {
    ...fio(
      isLikeOurs ? FIO_LIBAIO : `${FIO_LIBAIO}, all at once`,
      `fio, one job, engine libaio; one io_submit takes ${chunk}`,
      program('baselines/fio.child'),
      (depth) => ['--engine', 'libaio', '--batch', String(Math.min(batch || depth, depth))],
    ),
    part: isLikeOurs ? 'always' : 'extra',
  };
}

/** pread(2) and pwrite(2) in a loop: what depth 1 costs without any asynchrony. */
export function fioPsync(program: (name: string) => string): Contestant {
  return {
    ...fio(FIO_PSYNC, 'fio, one job, engine psync', program('baselines/fio.child'), () => ['--engine', 'psync']),
    applies: ({ depth }) => depth === 1,
  };
}
