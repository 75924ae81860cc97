import type { ProbeReport } from '../../index.js';

function row(name: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`  ${name.padEnd(11)}${text}`];
}

function alignmentText({ alignment }: ProbeReport): string | undefined {
  if (alignment === undefined) return undefined;
  const { memory, offset, read, source } = alignment;
  const reads = read === offset ? `positions and lengths to ${offset}` : `writes to ${offset}, reads to ${read}`;
  return `memory to ${memory} bytes, ${reads} (${source} says so)`;
}

function deviceText({ device }: ProbeReport): string | undefined {
  if (device === undefined) return undefined;
  const { name, nrRequests, scheduler, writeCache } = device;
  return [
    name,
    nrRequests === undefined ? '' : `takes ${nrRequests} operations at a time`,
    scheduler === undefined ? '' : `scheduler ${scheduler}`,
    writeCache === undefined ? '' : `write cache ${writeCache ? 'on' : 'off'}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** A sentence as an item of a list, its lines no longer than a page is wide. */
function item(sentence: string): string {
  const lines = sentence.match(/.{1,96}(?: |$)/g) ?? [];
  return lines.map((line, index) => `  ${index === 0 ? '-' : ' '} ${line.trimEnd()}`).join('\n');
}

/** What is known about a path, and what follows from it, in plain words. */
export function probeReport(report: ProbeReport): string {
  const { filesystem, mountPoint, kernel, advice } = report;
  return [
    ...row('filesystem', filesystem === undefined ? undefined : `${filesystem} at ${mountPoint ?? '?'}, ${kernel}`),
    ...row('device', deviceText(report)),
    ...row('alignment', alignmentText(report)),
    ...advice.map(item),
  ].join('\n');
}
