import { open } from '../../index.js';
import { Complaint } from './complaint.js';
import { type Pass, readAndHash } from './pass.js';

/** Reads the copy back from the device and sees to it that it has `size` bytes with this digest. */
export async function verify(path: string, size: number, digest: string, signal: AbortSignal): Promise<Pass> {
  const file = await open(path, { flags: 'r', direct: 'require' });
  try {
    const { size: actual } = await file.stat();
    if (actual !== size) throw new Complaint(`the copy has ${actual} bytes instead of ${size}`);
    const pass = await readAndHash('reading back', file, size, signal);
    if (pass.digest !== digest) throw new Complaint(`the copy differs: SHA-256 ${pass.digest} instead of ${digest}`);
    return pass;
  } finally {
    await file.close();
  }
}
