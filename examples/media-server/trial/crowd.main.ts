/**
 * `npm run media-server:crowd`: 500 clients at once, a third slow and a third going away at random, for a minute. Fails where
 * a byte was wrong or anything leaked. `--clients`, `--seconds`, `--engine`, `--block KIB`, `--directory`.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { bytes, megabytesPerSecond } from '../../demo/units.js';
import { DEFAULTS, type EngineName } from '../settings.js';
import { isSettled, runCrowd } from './crowd.js';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '60' },
    engine: { type: 'string', default: 'linux-aio' },
    block: { type: 'string', default: `${DEFAULTS.blockBytes / 1024}` },
    directory: { type: 'string', default: '.' },
  },
});
const clients = Number(values.clients);
const { tally, seconds, before, during, after, mostBlocks } = await runCrowd({
  clients,
  seconds: Number(values.seconds),
  engine: values.engine as EngineName,
  directory: resolve(process.env.INIT_CWD ?? process.cwd(), values.directory),
  fileBytes: 128 << 20,
  yields: true,
  settings: { blockBytes: 1024 * Number(values.block) },
});
const gigabytes = tally.bytes / 1e9;
const leaked = !isSettled(after, before);
console.log(`${clients} clients for ${seconds} s, a third slow, a third leaving, engine ${values.engine}
  answers     ${tally.complete} complete, ${tally.left} left, ${tally.wrong.length} wrong, ${after.cutOff} cut off
  bytes       ${bytes(tally.bytes)}, all compared, ${megabytesPerSecond(tally.bytes, seconds)}
  CPU         ${((during.cpuSeconds - before.cpuSeconds) / gigabytes).toFixed(2)} s per GB in the server
  loop delay  p50 ${during.delayMs.p50.toFixed(1)}, p99 ${during.delayMs.p99.toFixed(1)}, max ${during.delayMs.max.toFixed(1)} ms
  memory      ${mostBlocks} blocks held at the most, ${bytes(during.memory?.mapped ?? 0)} mapped; process ${bytes(during.residentBytes)}
  afterwards  ${after.transfers} answers, ${after.memory?.blocks ?? 0} blocks, ${after.files} files, ${after.descriptors} descriptors (${before.descriptors} before)`);
for (const problem of new Set(tally.wrong)) console.error(`wrong: ${problem}`);
if (leaked) console.error('leaked: see above');
process.exitCode = tally.wrong.length > 0 || leaked ? 1 : 0;
