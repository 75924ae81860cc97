/** Bytes of blocks that are worth huge pages, which are mapped 2 MiB at a time and take longer to be made. */
export const HUGE_FROM = 512 * 1024;
