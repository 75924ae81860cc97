/** `aio_lio_opcode` of linux/aio_abi.h. */
export const PREAD = 0;
export const PWRITE = 1;
export const FSYNC = 2;
export const FDSYNC = 3;
export const PREADV = 7;
export const PWRITEV = 8;
