import { open } from 'linux-aio';

const file = await open('esm.data', 'w+');
const block = file.allocate(65536).fill('linux-aio');
const { bytesWritten } = await file.write(block, 0, block.length, 0);
const { bytesRead, buffer } = await file.read(file.allocate(65536), { position: 0 });
await file.close();
console.log(bytesWritten, bytesRead, buffer.equals(block));
