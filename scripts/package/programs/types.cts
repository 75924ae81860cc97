import aio = require('linux-aio');

async function main(): Promise<number> {
  const file: aio.DirectFile = await aio.open('file');
  return (await file.read({ position: 0 })).bytesRead;
}

void main();
