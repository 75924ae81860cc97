import type { ProbeReport } from '../../index.js';
import { painter } from './colours.js';
import { sizeText } from './sizes.js';
import { wordsTable } from './table.js';

/** Characters of a line where there is no terminal to ask, and at the most: longer lines are hard to read. */
const WIDTH = 100;
/** Of the first column, with its gap. */
const NAMES = 18;

/** A name and what there is to say of it; nothing where that is not known. */
type Row = readonly [name: string, text: string | undefined];

const KINDS: Record<string, string> = {
  file: 'a regular file',
  directory: 'a directory: what follows is for new files in it',
  'block-device': 'a block device',
  fifo: 'a FIFO',
  'char-device': 'a character device',
  socket: 'a socket',
  pseudo: 'a file of a pseudo filesystem',
};

const BLOCKING: Record<string, string> = {
  read: 'reads',
  overwrite: 'overwrites',
  append: 'writes beyond the end',
  'append-preallocated': 'writes beyond the end into reserved space',
  unwritten: 'writes into preallocated space',
  'partial-block': 'writes of parts of a block',
  hole: 'writes into holes',
};

const NOWAIT: Record<string, string> = {
  never: 'not served',
  reads: 'served for reads',
  all: 'served for reads and writes',
};

function directText({ direct, directReason }: ProbeReport): string {
  if (direct === true) return 'yes: reads and writes go past the page cache';
  return `${direct === false ? 'no' : 'not tried'}${directReason === undefined ? '' : `: ${directReason}`}`;
}

function aioText({ aio, aioReason, limits: { inUse, limit } }: ProbeReport): string {
  if (!aio) return `no: io_setup says ${aioReason ?? 'nothing'}; node:fs does instead`;
  return `yes${limit === undefined ? '' : `: ${inUse ?? '?'} of ${limit} operations of the system are taken (fs.aio-max-nr)`}`;
}

function alignmentText({ alignment }: ProbeReport): string | undefined {
  if (alignment === undefined) return undefined;
  const { memory, offset, read } = alignment;
  const places = read === offset ? `positions and lengths to ${offset}` : `writes to ${offset}, reads to ${read}`;
  return `memory to ${memory} bytes, ${places}: what keeps to it needs no copy`;
}

function blockingText({ blocking, direct, filesystem }: ProbeReport): string | undefined {
  // What goes through node:fs blocks nobody.
  if (blocking === undefined || direct === false) return undefined;
  if (filesystem === 'tmpfs') return 'all operations: they are copies in memory, complete inside io_submit';
  if (blocking.length === 0) return 'nothing: all operations are asynchronous';
  return `${blocking.map((name) => BLOCKING[name] ?? name).join(', ')}: helper threads do these`;
}

function deviceRows({ device }: ProbeReport): Row[] {
  if (device === undefined) return [];
  const { name, nrRequests, scheduler, rotational, logicalBlockSize, physicalBlockSize, maxSectorsKb } = device;
  const blocks = [logicalBlockSize, physicalBlockSize].filter((size) => size !== undefined);
  const kind = rotational === undefined ? '' : rotational ? ', rotating' : ', not rotating';
  return [
    ['device', `${name}${kind}${scheduler === undefined ? '' : `, scheduler ${scheduler}`}`],
    ['its blocks', blocks.length === 0 ? undefined : `${blocks.join(' bytes, physically ')} bytes`],
    ['its queue', nrRequests === undefined ? undefined : `${nrRequests} requests, more wait in io_submit`],
    [
      'its largest',
      maxSectorsKb === undefined ? undefined : `${sizeText(maxSectorsKb * 1024)} a request, more is split`,
    ],
    ['its write cache', cacheText(device)],
  ];
}

function cacheText({ writeCache, fua }: NonNullable<ProbeReport['device']>): string | undefined {
  if (writeCache === undefined) return undefined;
  if (!writeCache) return 'none that a power cut would empty';
  return `on: a write is durable after a flush${fua === true ? ', or by itself with dsync (FUA)' : ''}`;
}

/** What is known about a path, and what follows from it, in plain words. */
export function probeText(report: ProbeReport): string {
  const { path, kind, direct, filesystem, mountPoint, kernel, atomicWrite, advice } = report;
  const paint = painter(process.stdout);
  const rows: Row[] = [
    ['kind', KINDS[kind] ?? kind],
    [
      'filesystem',
      filesystem === undefined ? undefined : `${filesystem}${mountPoint ? `, mounted at ${mountPoint}` : ''}`,
    ],
    ['kernel', kernel],
    ['direct I/O', directText(report)],
    ['kernel AIO', aioText(report)],
    ['alignment', alignmentText(report)],
    ['what blocks', blockingText(report)],
    ['RWF_NOWAIT', direct !== true ? undefined : (NOWAIT[report.nowait] ?? report.nowait)],
    ['atomic writes', atomicWrite && `of ${sizeText(atomicWrite.min)} to ${sizeText(atomicWrite.max)}`],
    ...deviceRows(report),
  ];
  // A terminal may not know how wide it is.
  const width = Math.min(WIDTH, process.stdout.columns || WIDTH);
  const known = rows.flatMap(([name, text]) => (text === undefined ? [] : [[name.padEnd(NAMES - 2), text]]));
  const table = wordsTable(
    known.map(([name, text]) => [paint('bold', name!), text!]),
    Math.max(20, width - NAMES),
  );
  const list = wordsTable(
    advice.map((sentence) => ['-', sentence]),
    Math.max(20, width - 3),
  );
  return [paint('bold', path), '', table, '', paint('bold', 'What follows'), '', list].join('\n');
}
