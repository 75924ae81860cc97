import type { BenchRecord } from '../bench/record.js';
import { jobText, targetText } from '../bench/words.js';
import { tableHtml } from '../page/figure.js';
import { type Content, html } from '../page/html.js';
import { figuresSection, page, type Section } from '../page/page.js';
import { engineRows, HEAD } from '../bench/rows.js';
import { distributionFigure, quantilesFigure } from './latency.js';
import { roundsFigures, timelineFigures } from './over-time.js';
import { seriesOf } from './series.js';

function machineText({ machine, date, version, engines }: BenchRecord): string {
  const { kernel, node, cpu, cpus, threadPool } = machine;
  const threads = engines.length > 1 ? `; node:fs on ${threadPool} threads (UV_THREADPOOL_SIZE)` : '';
  return `linux-aio ${version}, Node.js ${node}${threads}, ${kernel}, ${cpu} (${cpus}), ${date.slice(0, 16).replace('T', ' ')} UTC`;
}

function comparisonHtml({ comparison }: BenchRecord): Content {
  if (comparison === undefined) return undefined;
  const { to, median, min, max } = comparison;
  const range = `(median of the rounds, ${min.toFixed(2)} to ${max.toFixed(2)})`;
  return html`<p><strong>linux-aio did ${median.toFixed(2)} times the operations of ${to}</strong> ${range}</p>`;
}

/** One file with all of it, which asks the network for nothing. */
export function reportPage(record: BenchRecord): string {
  const series = seriesOf(record);
  const sections: Section[] = [
    {
      id: 'result',
      title: 'The result',
      content: html`${comparisonHtml(record)}
      ${tableHtml({ head: HEAD, rows: record.engines.flatMap(engineRows) }, 'The result')}`,
    },
    ...figuresSection('latency', 'Latency', [distributionFigure(series), quantilesFigure(series)]),
    ...figuresSection('rate', 'Operations a second', [...timelineFigures(record), ...roundsFigures(record)]),
  ];
  const lead = html`<p>${jobText(record)}</p>
    <p class="quiet">${targetText(record)}</p>
    <p class="quiet">${machineText(record)}</p>
    ${record.notes.map((note) => html`<p class="warning">${note}</p>`)}`;
  return page('linux-aio bench', lead, sections);
}
