import type { Contestant } from '../harness/contestant.js';
import type { TargetName } from '../harness/target.js';
import { FIO_LIBAIO, FIO_PSYNC } from './fio-names.js';

/** Iocbs that our queue hands to one io_submit(2) by default: on tmpfs, where they complete in it, more. */
const OUR_CHUNK = 8;
const OUR_INLINE_CHUNK = 64;

const ourChunk = (target: TargetName): number => (target === 'tmpfs' ? OUR_INLINE_CHUNK : OUR_CHUNK);

type Own = (depth: number, target: TargetName) => string[];
type Batch = (depth: number, target: TargetName) => number;

function fio(name: string, summary: string, program: string, own: Own): Contestant {
  return {
    name,
    summary,
    ownPositions: true,
    command: ({ depth }, target) => ({ file: process.execPath, arguments: [program, ...own(depth, target)] }),
  };
}

/** fio's libaio engine with so many iocbs in one io_submit, which takes all completions that are there. */
function libaio(name: string, chunk: string, program: (name: string) => string, batchOf: Batch): Contestant {
  const summary = `fio, one job, engine libaio; one io_submit takes ${chunk}`;
  return fio(name, summary, program('baselines/fio.child'), (depth, target) => [
    '--engine',
    'libaio',
    '--batch',
    String(batchOf(depth, target)),
  ]);
}

/** As many at a time as our queue submits. */
export function fioLibaio(program: (name: string) => string): Contestant {
  const chunk = `at most ${OUR_CHUNK} iocbs, on tmpfs ${OUR_INLINE_CHUNK}, as our queue does`;
  return libaio(FIO_LIBAIO, chunk, program, (depth, target) => Math.min(ourChunk(target), depth));
}

/** All that completed, where that is not what our queue does anyway. */
export function fioLibaioAtOnce(program: (name: string) => string): Contestant {
  return {
    ...libaio(`${FIO_LIBAIO}, all at once`, 'all that completed', program, (depth) => depth),
    part: 'extra',
    applies: ({ target, depth }) => depth > ourChunk(target),
  };
}

/** pread(2) and pwrite(2) in a loop: what depth 1 costs without any asynchrony. */
export function fioPsync(program: (name: string) => string): Contestant {
  return {
    ...fio(FIO_PSYNC, 'fio, one job, engine psync', program('baselines/fio.child'), () => ['--engine', 'psync']),
    applies: ({ depth }) => depth === 1,
  };
}
