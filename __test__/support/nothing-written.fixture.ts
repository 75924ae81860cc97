/** Writes a file by node:fs where the kernel writes nothing and calls that success; prints the code of the refusal. */
import { open } from '../../index.js';

async function main(): Promise<void> {
  const file = await open(process.argv[2] as string, { flags: 'r+', engine: 'fs', direct: 'never' });
  const write = file.writeFile('all of it');
  console.log(await write.then(() => 'done').catch((error: unknown) => (error as NodeJS.ErrnoException).code));
  await file.close();
  await file.queue.close();
}

void main();
