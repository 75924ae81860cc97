/** `aio_lio_opcode` of linux/aio_abi.h. */
export const PREAD = 0;
export const PWRITE = 1;
export const FSYNC = 2;
export const FDSYNC = 3;
export const PREADV = 7;
export const PWRITEV = 8;

export function isRead(opcode: number): boolean {
  return opcode === PREAD || opcode === PREADV;
}

export function isWrite(opcode: number): boolean {
  return opcode === PWRITE || opcode === PWRITEV;
}
