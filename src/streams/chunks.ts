import { planOf } from './block-options.js';
import { ByteReader } from './byte-reader.js';
import type { StreamSource } from './source.js';

/** Copies of a file's blocks, from where its last sequential operation ended: see {@link DirectFile}'s asyncIterator. */
export async function* chunksOf(source: StreamSource): AsyncGenerator<Buffer, undefined, undefined> {
  const { file } = source;
  file.admit();
  const plan = { ...planOf(file, undefined), start: await file.sequentialPosition() };
  const reader = new ByteReader(source, plan, plan.size, true);
  try {
    while (await reader.ready()) {
      const chunk = reader.piece(plan.size);
      if (chunk.byteLength > 0) yield chunk;
    }
  } finally {
    reader.stop();
    await reader.idle();
  }
  return undefined;
}
