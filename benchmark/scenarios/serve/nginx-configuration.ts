import { join } from 'node:path';

/** What one nginx serves, and how. */
export interface NginxSettings {
  root: string;
  /** For its own files. */
  scratch: string;
  port: number;
  /** By the kernel's AIO, or by a pool of threads. */
  aio: 'on' | 'threads';
  /** Further directives. */
  more: string;
}

/** The best that a build can do, by what `nginx -V` says of it. */
export function nginxReads(version: string): NginxSettings['aio'] | undefined {
  if (version.includes('--with-file-aio')) return 'on';
  return version.includes('--with-threads') ? 'threads' : undefined;
}

/** How it is told to read, for the record too. */
export function nginxDirectives({ aio, more }: Pick<NginxSettings, 'aio' | 'more'>): string {
  return `directio 512; aio ${aio};${more === '' ? '' : ` ${more}`}`;
}

/** What nginx is told, with nothing that it would leave on the disk. */
export function nginxConfiguration({ root, scratch, port, aio, more }: NginxSettings): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `${user}
daemon off;
worker_processes auto;
pid ${join(scratch, 'nginx.pid')};
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.map((name) => `${name}_temp_path ${join(scratch, name)};`).join('\n  ')}
  keepalive_requests 1000000;
  ${nginxDirectives({ aio, more })}
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`;
}
