import { createReadStream, existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A server of files, as the simplest hosts of static sites are: no redirects, nothing outside of `base`. */
export interface SiteServer extends AsyncDisposable {
  /** The address of the site, with a slash at its end. */
  readonly url: string;
}

/** Serves a directory at `base`, on a port of this machine that is free. */
export async function serveSite(directory: string, base: string): Promise<SiteServer> {
  const server = createServer(({ url = '' }, response) => {
    const { pathname } = new URL(url, 'http://localhost');
    const path = fileOf(directory, base, decodeURIComponent(pathname));
    if (path === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' });
    createReadStream(path).pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}${base}`, [Symbol.asyncDispose]: () => close(server) };
}

/** The file of the site that a path of a URL leads to, if there is one. */
export function fileOf(directory: string, base: string, pathname: string): string | undefined {
  if (!pathname.startsWith(base)) return undefined;
  const path = join(directory, pathname.slice(base.length), pathname.endsWith('/') ? 'index.html' : '');
  return existsSync(path) && extname(path) !== '' ? path : undefined;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}
