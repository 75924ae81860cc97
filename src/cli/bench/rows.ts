import { countText } from '../sizes.js';
import type { EngineRecord, SideRecord } from './record.js';

/** Of {@link engineRows}. */
export const HEAD = ['', 'op/s', 'MiB/s', 'mean us', 'p50', 'p99', 'p99.9', 'max', 'CPU us/op', 'depth'];

function micros(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
}

function row(name: string, { iops, bytesPerSecond, latency }: SideRecord, shared: readonly string[]): string[] {
  const { mean, p50, p99, p999, max } = latency;
  const times = [mean, p50, p99, p999, max].map(micros);
  return [name, countText(iops), (bytesPerSecond / 2 ** 20).toFixed(1), ...times, ...shared];
}

/** A row for the reads and one for the writes; CPU and depth are those of both. */
export function engineRows({ engine, total }: EngineRecord): string[][] {
  const { read, write, cpuMicrosPerOperation, depth } = total;
  const shared = [cpuMicrosPerOperation.toFixed(2), depth.toFixed(1)];
  return [
    ...(read ? [row(`${engine} reads`, read, shared)] : []),
    ...(write ? [row(`${engine} writes`, write, read ? ['', ''] : shared)] : []),
  ];
}
