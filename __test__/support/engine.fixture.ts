import { allocate, open, SubmissionQueue } from '../../index.js';

/** Writes, reads back and prints who has done it. */
async function main(): Promise<void> {
  const file = await open(process.argv[2] as string, 'w+');
  const written = allocate(4096);
  written.fill('w');
  await file.write(written, { position: 0 });
  await file.write('tail', 4096);
  await file.datasync();
  const { buffer } = await file.read(Buffer.alloc(4100), { position: 0 });
  console.log(file.engine, file.direct, buffer.toString() === `${written.toString()}tail`, file.reason);
  await file.close();
  await file.queue.close();
  const strict = [open(process.argv[2] as string, { engine: 'aio' }), SubmissionQueue.create({ engine: 'aio' })];
  const codes = strict.map((made) =>
    made.then(() => 'made').catch((error: unknown) => (error as { code: string }).code),
  );
  console.log(...(await Promise.all(codes)));
}

void main();
