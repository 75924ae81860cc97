import { writeSync } from 'node:fs';
import type { Start } from './start.js';

/** Times a program's start, step by step, and prints it: the import, an open file, and the block that was read from it. */
export async function timeStart<Module, File>(
  load: () => Promise<Module>,
  open: (module: Module) => Promise<File>,
  read: (file: File) => Promise<Buffer>,
): Promise<File> {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  const module = await load();
  const imported = performance.now();
  const file = await open(module);
  const opened = performance.now();
  const block = await read(file);
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
  return file;
}
