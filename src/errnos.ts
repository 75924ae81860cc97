/** Linux's numbers as results have them: negative. */
export const EIO = -5;
export const EBADF = -9;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EFAULT = -14;
export const ENOSPC = -28;
export const EDQUOT = -122;
export const ECANCELED = -125;
