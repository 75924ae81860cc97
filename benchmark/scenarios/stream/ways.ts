/** How a program reads or writes everything, by the contestant's name. */
export const OURS_64K = 'linux-aio, createReadStream of 64 KiB';
export const OURS_1M = 'linux-aio, createReadStream of 1 MiB';
export const OURS_BLOCKS = 'linux-aio, blocks';
export const OURS_BLOCKS_1M = 'linux-aio, blocks of 1 MiB';
export const OURS_PIPE = 'linux-aio, pipeTo';
export const NODE_64K = 'node:fs, createReadStream of 64 KiB';
export const NODE_1M = 'node:fs, createReadStream of 1 MiB';

export const OURS_WRITES_64K = 'linux-aio, createWriteStream, chunks of 64 KiB';
export const OURS_WRITES_1M = 'linux-aio, createWriteStream, chunks of 1 MiB';
export const NODE_WRITES_64K = 'node:fs, createWriteStream, chunks of 64 KiB';
export const NODE_WRITES_1M = 'node:fs, createWriteStream, chunks of 1 MiB';
