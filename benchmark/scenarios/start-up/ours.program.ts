// Runs in its own process, in a project of its own: imports the installed package and reads one block.
import { writeSync } from 'node:fs';
import type { Start } from './start.js';

const begin = performance.now();
const cpu = process.cpuUsage();
const { open } = await import('linux-aio');
const imported = performance.now();
const file = await open(process.argv[2]!);
const opened = performance.now();
const block = file.allocate(4096);
await file.read(block, { position: 0 });
const end = performance.now();
const { user, system } = process.cpuUsage(cpu);
if (file.engine !== 'aio') throw new Error(`not by kernel AIO: ${file.reason}`);
const start: Start = {
  import: imported - begin,
  open: opened - imported,
  read: end - opened,
  sum: end - begin,
  cpu: (user + system) / 1000,
  bytes: block.toString('base64'),
};
writeSync(1, JSON.stringify(start));
await file.close();
