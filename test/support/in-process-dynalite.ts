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

/** A table of a DynamoDB that lives in this process and has no port. Nothing has to be closed: it is only memory. */
export interface InProcessTable {
  readonly tableName: string;
  /** A client that tries once. `around` gets the name of each request, such as `PutItem`. */
  newClient(around?: (request: string, send: Send) => ReturnType<Send>): DynamoDBClient;
}

/** Makes an empty table. Requests are performed one at a time, in the order in which they were made. */
export function inProcessTable(definition: (tableName: string) => CreateTableCommandInput): InProcessTable {
  const dynalite = require('dynalite') as (options: object) => Server;
  const server = dynalite({ createTableMs: 0 });
  const tableName = 'executions';
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
  const ready = createTable(
    clientOver((_request, message) => perform(server, message)),
    definition(tableName),
  );
  return {
    tableName,
    newClient: (around = (_request, send) => send()) =>
      clientOver(async (request, message) => {
        await ready;
        return around(request, () => inTurn(() => perform(server, message)));
      }),
  };
}

function clientOver(handle: (request: string, message: HttpRequest) => ReturnType<Send>): DynamoDBClient {
  const requestHandler = {
    handle: (message: HttpRequest) => handle(message.headers['x-amz-target']?.split('.')[1] ?? '', message),
    metadata: { handlerProtocol: 'http/1.1' },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
  return new DynamoDBClient({
    endpoint: 'http://in-process',
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler,
  });
}

/** dynalite makes a table active a turn after it has answered. */
async function createTable(client: DynamoDBClient, definition: CreateTableCommandInput): Promise<void> {
  await client.send(new CreateTableCommand(definition));
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: definition.TableName }));
    if (Table?.TableStatus === 'ACTIVE') return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Hands a request to the server as if it had come over a connection. */
function perform(server: Server, { method, path, headers, body }: HttpRequest): Promise<{ response: HttpResponse }> {
  return new Promise((resolve) => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.length);
    const request = Object.assign(Readable.from([bytes]), { method, url: path, headers });
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
