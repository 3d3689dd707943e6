import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import type { StoreBackend } from '@middy-durable/backend';
import { ResourceNotFoundException } from '@middy-durable/protocol';
import { encodeBody } from './lambda-api-json.ts';
import { type Answer, type ApiOperation, routeOf } from './lambda-api-routes.ts';

/** A request as it came in. */
export interface ApiCall {
  /** Undefined for a path that the API does not have. */
  readonly operation: ApiOperation | undefined;
  readonly method: string;
  /** As sent, percent-encoded. */
  readonly url: string;
  readonly headers: Readonly<IncomingMessage['headers']>;
  readonly body: Buffer;
  /** The port that the client sent it from: kept connections show. */
  readonly connection: number | undefined;
}

/** What goes wrong with a request. */
export type Fault =
  /** Refused without being applied, as the service does it. */
  | { status: number; type: string; message?: string; headers?: Record<string, string> }
  /** Answered by something between: not applied, any text. */
  | { status: number; page: string }
  /** The connection breaks: before the request is applied, or after it, when the answer is lost. */
  | { drop: 'before' | 'after' }
  /** Applied, and answered that many milliseconds later. */
  | { delayMs: number };

/** Real credentials are never needed: nothing checks signatures. */
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const REGION = 'us-east-1';

/**
 * Lambda's REST API of durable executions over a backend, for unmodified AWS clients. Starts executions; whoever made the
 * backend runs the loop that invokes functions.
 */
export class LambdaApiServer {
  /** Every request, in the order in which they came. */
  readonly calls: ApiCall[] = [];
  /** Asked for every request. `undefined`, the default: nothing goes wrong. */
  fault: ((call: ApiCall) => Fault | undefined) | undefined;
  readonly #backend: StoreBackend;
  readonly #server: Server;
  readonly #clients: LambdaClient[] = [];
  readonly #closing = new AbortController();

  private constructor(backend: StoreBackend) {
    this.#backend = backend;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** A server that listens on a free port of this machine. */
  static async listen(backend: StoreBackend): Promise<LambdaApiServer> {
    const api = new LambdaApiServer(backend);
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What a process needs in its environment for AWS clients to talk to this server. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_LAMBDA: this.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** An AWS client of this server; it is closed with it. */
  client(config: LambdaClientConfig = {}): LambdaClient {
    const client = new LambdaClient({ endpoint: this.endpoint, region: REGION, credentials: CREDENTIALS, ...config });
    this.#clients.push(client);
    return client;
  }

  /** Requests for one operation. */
  callsOf(operation: ApiOperation): ApiCall[] {
    return this.calls.filter((call) => call.operation === operation);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const client of this.#clients) client.destroy();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = await bodyOf(request);
      const { method = 'GET', url = '/', headers } = request;
      const route = routeOf(method, url);
      const connection = request.socket.remotePort;
      const call: ApiCall = { operation: route?.operation, method, url, headers, body, connection };
      this.calls.push(call);
      const fault = this.fault?.(call);
      if (fault && 'status' in fault) return refuse(response, fault);
      if (fault && 'drop' in fault && fault.drop === 'before') return void request.socket.destroy();
      const answer = await this.#answer(call, route);
      if (fault && 'delayMs' in fault) await new Promise((resolve) => setTimeout(resolve, fault.delayMs).unref());
      if (fault && 'drop' in fault) return void request.socket.destroy();
      send(response, answer);
    } catch {
      // The client has gone, or the server is closed: there is nobody to tell.
      request.socket.destroy();
    }
  }

  async #answer(call: ApiCall, route: ReturnType<typeof routeOf>): Promise<Answer> {
    try {
      if (!route) throw new ResourceNotFoundException(`There is no ${call.method} ${call.url}.`);
      return await route.answer({ ...call, backend: this.#backend, signal: this.#closing.signal });
    } catch (error) {
      return failure(error);
    }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** As the service answers with an error: its type in a header, its message in either spelling. */
function failure(error: unknown): Answer {
  const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode: number } };
  const status = $metadata?.httpStatusCode ?? 500;
  return errorAnswer(status, $metadata ? name : 'ServiceException', message);
}

function errorAnswer(status: number, type: string, message: string, headers: Record<string, string> = {}): Answer {
  return {
    status,
    headers: { 'x-amzn-errortype': type, ...headers },
    body: { Type: status < 500 ? 'User' : 'Service', message, Message: message },
  };
}

function refuse(response: ServerResponse, fault: Extract<Fault, { status: number }>): void {
  if ('type' in fault)
    send(response, errorAnswer(fault.status, fault.type, fault.message ?? fault.type, fault.headers));
  else send(response, { status: fault.status, headers: { 'content-type': 'text/html' }, text: fault.page });
}

function send(response: ServerResponse, { status = 200, headers, body, text }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': randomUUID(),
    ...headers,
  });
  response.end(text ?? encodeBody(body ?? {}));
}
