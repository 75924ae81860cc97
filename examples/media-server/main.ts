import { complaintOf } from '../demo/complaint.js';
import { Interruption } from '../demo/interruption.js';
import { bytes } from '../demo/units.js';
import { HELP, type Options, parseOptions } from './options.js';
import { MediaServer } from './server.js';

function addressOf({ address, port, family }: MediaServer['address']): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`;
}

async function serve(options: Options): Promise<number> {
  const interruption = Interruption.listen();
  const server = await MediaServer.start(options, options.port, options.host);
  const memory = options.engine === 'node' ? 'streams of node:fs' : `${bytes(options.memoryBytes)} of memory`;
  console.log(`${options.directory} is at ${addressOf(server.address)} (${options.engine}, ${memory}); Ctrl-C ends it`);
  await new Promise((resolve) => {
    interruption.signal.addEventListener('abort', resolve, { once: true });
  });
  await server.close();
  return interruption.exitCode ?? 0;
}

async function main(): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions();
  } catch (error) {
    console.error(`media-server: ${complaintOf(error)}; "npm run media-server -- --help" says how`);
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    return await serve(options);
  } catch (error) {
    console.error(`media-server: ${complaintOf(error)}`);
    return 1;
  }
}

process.exitCode = await main();
