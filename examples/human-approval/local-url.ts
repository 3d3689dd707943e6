import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpResponse } from '@middy-durable/callbacks';

/** What answers the requests of a function URL. */
export type UrlHandler = (event: unknown) => Promise<HttpResponse>;

/** A function URL on this machine. */
export interface LocalUrl {
  readonly url: string;
  /** Who answers from now on; before there is anybody, nothing does. */
  answerWith(handler: UrlHandler): void;
  close(): Promise<void>;
}

/** Listens on a free port, and hands requests over as a function URL does. */
export async function localUrl(): Promise<LocalUrl> {
  let handler: UrlHandler | undefined;
  const server = createServer(async (request, response) => {
    try {
      const { statusCode, headers, body } = (await handler?.(await eventOf(request))) ?? { statusCode: 503, body: '' };
      response.writeHead(statusCode, headers).end(body);
    } catch {
      response.writeHead(502).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    answerWith(next) {
      handler = next;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function eventOf(request: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: query,
    headers: request.headers,
    requestContext: { http: { method: request.method, path, sourceIp: request.socket.remoteAddress } },
    body: Buffer.concat(chunks).toString('base64'),
    isBase64Encoded: true,
  };
}
