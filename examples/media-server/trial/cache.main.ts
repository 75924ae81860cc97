/**
 * `npm run media-server:cache`: what becomes of a file in the page cache while the server serves others, with linux-aio and
 * with streams of node:fs, in a cgroup whose memory is limited. Needs root. `--load MIB`, `--clients COUNT`, `--directory`.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { bytes } from '../../demo/units.js';
import { compareCaches } from './cache.js';
import { Cgroup } from './cgroup.js';

const MIB = 1024 * 1024;

const { values } = parseArgs({
  options: {
    load: { type: 'string', default: '2048' },
    clients: { type: 'string', default: '32' },
    directory: { type: 'string', default: '.' },
  },
});
const options = {
  directory: resolve(process.env.INIT_CWD ?? process.cwd(), values.directory),
  loadBytes: Number(values.load) * MIB,
  clients: Number(values.clients),
  limitBytes: 512 * MIB,
  hotBytes: 128 * MIB,
  fileBytes: 128 * MIB,
  files: 12,
};
const lacking = Cgroup.lacking();
if (lacking !== undefined) {
  console.error(`media-server:cache: needs ${lacking}`);
  process.exit(1);
}
const reports = await compareCaches(options);
const table = new Table({
  head: ['engine', 'hot file before', 'hot file after', 'served files after', 'served', 'wrong'],
  style: { head: [], border: [] },
});
for (const { engine, hotBefore, hotAfter, servedAfter, tally } of reports) {
  table.push([engine, bytes(hotBefore), bytes(hotAfter), bytes(servedAfter), bytes(tally.bytes), tally.wrong.length]);
}
console.log(`In the page cache, as fincore says: a file of ${bytes(options.hotBytes)} that was read before, and the ${options.files}
files of ${bytes(options.fileBytes)} that ${options.clients} clients had random ranges of,
all in a cgroup of ${bytes(options.limitBytes)}:\n${table.toString()}`);
for (const { tally } of reports) for (const problem of new Set(tally.wrong)) console.error(`wrong: ${problem}`);
process.exitCode = reports.some(({ tally }) => tally.wrong.length > 0) ? 1 : 0;
