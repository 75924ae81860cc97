// Runs in its own process: the same by `node:fs`, through the page cache.
import { writeSync } from 'node:fs';
import type { Start } from './start.js';

const begin = performance.now();
const cpu = process.cpuUsage();
const { open } = await import('node:fs/promises');
const imported = performance.now();
const file = await open(process.argv[2]!);
const opened = performance.now();
const block = Buffer.allocUnsafeSlow(4096);
await file.read(block, 0, block.length, 0);
const end = performance.now();
const { user, system } = process.cpuUsage(cpu);
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
