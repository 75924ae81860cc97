import { createHash } from 'node:crypto';
import type { Folder, Item } from './folder.js';
import { bytes } from '../demo/units.js';
import { STYLE } from './page-style.js';

/** Elements that load something before they are played: browsers open six connections to a server at the most. */
const EAGER = 4;

/** Scripts and everything from elsewhere are refused, whatever a file is called. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "media-src 'self'",
  'img-src data:',
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** Relative to the folder's page, also where a name looks like a scheme. */
function address(name: string): string {
  return escaped(`./${encodeURIComponent(name)}`);
}

function link({ name, size }: Item): string {
  return `<a href="${address(name)}">${escaped(name)}</a> <span class="quiet">${bytes(size)}</span>`;
}

function player(item: Item, index: number): string {
  const attributes = `controls preload="${index < EAGER ? 'metadata' : 'none'}" src="${address(item.name)}"`;
  const label = `aria-label="${escaped(item.name)}"`;
  const element =
    item.kind === 'video'
      ? `<video ${attributes} ${label} playsinline></video>`
      : `<audio ${attributes} ${label}></audio>`;
  return `<li>${element}<div class="name">${link(item)}</div></li>`;
}

function section(title: string, list: string, rows: string[]): string {
  if (rows.length === 0) return '';
  return `<h2>${title}</h2>\n<ul class="${list}">\n${rows.join('\n')}\n</ul>\n`;
}

/** The page of one folder. */
export function pageOf({ name, isRoot, folders, files, more }: Folder): string {
  const up = isRoot ? [] : ['<li><a href="../">Up</a></li>'];
  const rows = folders.map((folder) => `<li><a href="${address(folder)}/">${escaped(folder)}/</a></li>`);
  const media = files.filter(({ kind }) => kind !== undefined);
  const others = files.filter(({ kind }) => kind === undefined);
  const rest = more > 0 ? `<p class="quiet">${more} more are not listed.</p>\n` : '';
  const empty = rows.length + files.length === 0 ? '<p class="quiet">Nothing is here.</p>\n' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(name)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(name)}</h1>
${empty}${section('Folders', 'rows', [...up, ...rows])}${section('Media', 'media', media.map(player))}${section(
    'Other files',
    'rows',
    others.map((item) => `<li>${link(item)}</li>`),
  )}${rest}</body>
</html>
`;
}
