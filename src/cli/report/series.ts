import type { BenchRecord, EngineRecord, SideRecord } from '../bench/record.js';
import { look, type Look } from '../page/look.js';

/** What a plot shows by a line of its own: the reads, or the writes, of an engine. */
export interface Series {
  look: Look;
  side: SideRecord;
}

/** All that the record has, and a name for each that tells it from the others. */
export function seriesOf({ engines }: BenchRecord): Series[] {
  const named = engines.flatMap(({ engine, total: { read, write } }) => [
    ...(read ? [{ name: write ? `${engine}, reads` : engine, side: read }] : []),
    ...(write ? [{ name: read ? `${engine}, writes` : engine, side: write }] : []),
  ]);
  return named.map(({ name, side }, index) => ({ look: look(name, index), side }));
}

/** A look for each engine. */
export function engineLooks(engines: readonly EngineRecord[]): Look[] {
  return engines.map(({ engine }, index) => look(engine, index));
}
