import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';

const require = createRequire(import.meta.url);

/** What the AWS client hands to whatever sends its requests. */
interface HttpRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

interface HttpResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: Readable;
}

/** Sends a request on; a client may put something in between. */
export type Send = () => Promise<{ response: HttpResponse }>;

type Handle = (request: string, message: HttpRequest) => ReturnType<Send>;

/** A DynamoDB that lives in this process and has no port. */
export interface InProcessDynalite {
  /** Makes an empty table, which can be used at once. */
  createTable(definition: CreateTableCommandInput): Promise<void>;
  newClient(options?: { maxAttempts?: number }): DynamoDBClient;
  /** Takes no more requests; resolves when nothing is at work any more, also what nobody waits for. */
  close(): Promise<void>;
}

export function inProcessDynalite(): InProcessDynalite {
  const server = newServer();
  const underWay = new Set<Promise<unknown>>();
  let closed = false;
  const handle: Handle = async (request, message) => {
    if (closed) throw new Error(`${request} came after the end of the test that it is for.`);
    const answer = perform(server, message);
    underWay.add(answer);
    void answer.finally(() => underWay.delete(answer));
    // Who makes a table means to use it.
    const isMade = request === 'CreateTable' && (await answer).response.statusCode === 200;
    if (isMade) await untilActive(own, tableOf(message));
    return answer;
  };
  const own = clientOver(handle, {});
  return {
    async createTable(definition) {
      await own.send(new CreateTableCommand(definition));
    },
    newClient: (options = {}) => clientOver(handle, options),
    async close() {
      closed = true;
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

function tableOf({ body }: HttpRequest): string {
  return (JSON.parse(bytesOf(body).toString()) as { TableName: string }).TableName;
}

/** One table of such a DynamoDB. Nothing has to be closed: it is only memory. */
export interface InProcessTable {
  readonly tableName: string;
  /** A client that tries once. `around` gets the name of each request, such as `PutItem`. */
  newClient(around?: (request: string, send: Send) => ReturnType<Send>): DynamoDBClient;
}

/** Makes an empty table. Requests are performed one at a time, in the order in which they were made. */
export function inProcessTable(definition: (tableName: string) => CreateTableCommandInput): InProcessTable {
  const server = newServer();
  const once = { maxAttempts: 1 };
  const tableName = 'executions';
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
  const ready = createTable(
    clientOver((_request, message) => perform(server, message), once),
    definition(tableName),
  );
  return {
    tableName,
    newClient: (around = (_request, send) => send()) =>
      clientOver(async (request, message) => {
        await ready;
        return around(request, () => inTurn(() => perform(server, message)));
      }, once),
  };
}

/** What dynalite wants to see, and does not check. */
const SIGNED = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none',
  'x-amz-date': '20260101T000000Z',
};
/** Of the AWS client, what nobody in this process looks at: it is half of the time of a request. */
const UNHEARD = ['loggerMiddleware', 'recursionDetectionMiddleware', 'httpSigningMiddleware'];

function newServer(): Server {
  const dynalite = require('dynalite') as (options: object) => Server;
  return dynalite({ createTableMs: 0 });
}

function clientOver(handle: Handle, options: { maxAttempts?: number }): DynamoDBClient {
  const requestHandler = {
    handle: (message: HttpRequest) => handle(message.headers['x-amz-target']?.split('.')[1] ?? '', message),
    metadata: { handlerProtocol: 'http/1.1' },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
  const client = new DynamoDBClient({
    endpoint: 'http://in-process',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler,
    ...options,
  });
  for (const middleware of UNHEARD) {
    if (!client.middlewareStack.remove(middleware)) throw new Error(`The AWS client has no ${middleware} any more.`);
  }
  repeatAtOnce(client);
  return client;
}

/** The AWS client repeats what failed as often as ever, but nobody waits for it. */
function repeatAtOnce({ config }: DynamoDBClient): void {
  const usual = config.retryStrategy;
  config.retryStrategy = async () => {
    const strategy = await usual();
    if (!('retryBackoffStrategy' in strategy)) throw new Error('The AWS client waits in another way than it did.');
    strategy.retryBackoffStrategy = { setDelayBase() {}, computeNextBackoffDelay: () => 0 };
    return strategy;
  };
}

async function createTable(client: DynamoDBClient, definition: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(definition));
  await untilActive(client, definition.TableName);
}

/** dynalite makes a table active a turn after it has answered. */
async function untilActive(client: DynamoDBClient, TableName: string | undefined): Promise<void> {
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Hands a request to the server as if it had come over a connection. */
function perform(server: Server, { method, path, headers, body }: HttpRequest): Promise<{ response: HttpResponse }> {
  return new Promise((resolve) => {
    const bytes = bytesOf(body);
    const request = Object.assign(Readable.from([bytes]), { method, url: path, headers: { ...headers, ...SIGNED } });
    const answer: HttpResponse = { statusCode: 200, headers: {}, body: Readable.from([]) };
    const response = {
      set statusCode(code: number) {
        answer.statusCode = code;
      },
      setHeader(name: string, value: unknown) {
        answer.headers[name.toLowerCase()] = String(value);
      },
      end(text: string) {
        resolve({ response: { ...answer, body: Readable.from([Buffer.from(text)]) } });
      },
    };
    server.emit('request', request, response);
  });
}

function bytesOf(body: HttpRequest['body']): Buffer {
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
}
