import type { RunRecord } from '../harness/record.js';
import { commandsOf } from './commands.js';
import { tableHtml } from '../../src/cli/page/figure.js';
import { type Content, html } from '../../src/cli/page/html.js';
import { noise } from './noise.js';
import type { Section } from '../../src/cli/page/page.js';
import { minuteOf } from './texts.js';

/** On what, and by which command: what stands before everything else. */
export function lead(record: RunRecord): Content {
  const { machine, options, command } = record;
  const { noisy, figures } = noise(record);
  const cells = figures.rows.length;
  const commit = machine.commit === undefined ? '' : `, commit ${machine.commit}`;
  return html`<p>
      ${minuteOf(machine.date)} UTC${commit}. ${machine.kernel}, ${machine.cpu} (${machine.cpus} CPUs), Node
      ${machine.node}. ${options.rounds} rounds of ${options.seconds} s, each after ${options.warmup} s of warm-up.
    </p>
    <pre><code>${command}</code></pre>
    ${
      noisy > 0 &&
      html`<p class="warning">
        The machine was noisy in ${noisy} of ${cells} cells: <a href="#machine">which</a>. Look at the intervals before
        the medians.
      </p>`
    }`;
}

function commandsHtml(record: RunRecord): Content {
  return html`<dl>
    ${commandsOf(record).map(
      ({ contestant, summary, command }) =>
        html`<dt>${contestant}</dt>
          <dd>${summary}</dd>
          <dd><code>${command}</code></dd>`,
    )}
  </dl>`;
}

export function machineSection(record: RunRecord): Section {
  const { machine, targets, skipped } = record;
  const { figures } = noise(record);
  const content = html`<ul class="notes">
      <li>${machine.kernel}, ${machine.cpu}, ${machine.cpus} CPUs, ${machine.memoryMebibytes} MiB of memory</li>
      <li>Node ${machine.node}, V8 ${machine.v8}</li>
      ${targets.map(({ name, summary }) => html`<li>${name}: ${summary}</li>`)}
      ${skipped.map(({ name, reason }) => html`<li>${name}: skipped, ${reason}</li>`)}
    </ul>
    <p>
      Steal is CPU time that the hypervisor gave to others; load is the average over a minute before each round;
      quartiles are the distance between the reference's first and third, beside its median.
    </p>
    ${tableHtml(figures, 'How quiet the machine was')}`;
  return { id: 'machine', title: 'The machine', content };
}

/** Nothing where the run has started nobody. */
export function commandsSection(record: RunRecord): Section[] {
  if (record.cells.length + record.transfers.length === 0) return [];
  return [{ id: 'commands', title: 'The commands', content: commandsHtml(record) }];
}
