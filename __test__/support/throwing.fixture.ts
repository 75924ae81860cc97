import { createWriteStream } from '../../index.js';

process.on('uncaughtException', (error, origin) => {
  console.log(origin === 'uncaughtException' ? `uncaught ${error.message}` : `${origin}: ${error.message}`);
  if (error.message === 'drain') stream.end(Buffer.alloc(1 << 20));
});

/** Throws in listeners. Where one of 'finish' does, Node's streams are not closed. */
const stream = createWriteStream(process.argv[2] as string, { size: 65_536 });
for (const event of ['open', 'drain', 'finish']) {
  stream.once(event, () => {
    throw new Error(event);
  });
}
stream.write(Buffer.alloc(2 << 20));
