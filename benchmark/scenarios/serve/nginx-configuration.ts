import { join } from 'node:path';

/** What nginx is told, with nothing that it would leave on the disk. */
export function nginxConfiguration(root: string, scratch: string, port: number, more: string): string {
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
  directio 512;
  aio on;
  ${more}
  server {
    listen 127.0.0.1:${port};
    root ${root};
  }
}
`;
}
