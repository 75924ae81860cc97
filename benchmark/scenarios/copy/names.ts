export const OURS = 'linux-aio, copyFile';
export const NODE_FS = 'node:fs, copyFile and fsync';
