import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OPEN_RESOURCES_HEADER } from './native-addon.ts';

/** What a runtime reports of a failure. */
export interface RuntimeError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type RuntimeAnswer = { output: unknown } | { error: RuntimeError };

/** What the process of a function tells by its requests. */
export interface RuntimeListener {
  /** It waits for an invocation: it is initialized, and done with what came before. */
  onPoll(): void;
  /** @param open what was open in the process at that moment, as Node lists it */
  onAnswer(requestId: string, answer: RuntimeAnswer, open: string[]): void;
  onInitError(error: RuntimeError): void;
}

/** An invocation on its way to the process. */
export interface RuntimeInvocation {
  requestId: string;
  event: unknown;
  functionArn: string;
  /** Epoch milliseconds. */
  deadline: number;
}

/** The poll, `init/error`, and the two answers of an invocation. */
const ROUTE = /^\/2018-06-01\/runtime\/(?:invocation\/)?(?:(init|[^/]+)\/)?(next|response|error)$/;

/** Lambda's Runtime API, as one process of a function sees it. */
export class RuntimeApi {
  readonly #server: Server;
  readonly #listener: RuntimeListener;
  readonly #polls: ServerResponse[] = [];

  constructor(listener: RuntimeListener) {
    this.#listener = listener;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
    });
  }

  /** Resolves to the value of AWS_LAMBDA_RUNTIME_API. */
  listen(): Promise<string> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(this.#server.address() as AddressInfo).port}`));
    });
  }

  /** Polls that wait for an invocation. */
  get waiting(): number {
    return this.#polls.length;
  }

  /** Answers the oldest poll. */
  hand({ requestId, event, functionArn, deadline }: RuntimeInvocation): void {
    const headers = {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadline),
      'lambda-runtime-invoked-function-arn': functionArn,
    };
    this.#polls.shift()?.writeHead(200, headers).end(JSON.stringify(event));
  }

  /** Tells the process that no invocation comes any more. */
  dismiss(): void {
    for (const poll of this.#polls.splice(0)) poll.writeHead(410, { connection: 'close' }).end();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', kind] = ROUTE.exec(request.url ?? '') ?? [];
    if (kind === 'next') {
      this.#polls.push(response);
      response.once('close', () => this.#forget(response));
      return this.#listener.onPoll();
    }
    const body = JSON.parse(await textOf(request)) as never;
    const open = JSON.parse((request.headers[OPEN_RESOURCES_HEADER] as string | undefined) ?? '[]') as string[];
    if (kind === undefined) throw new Error(`The Runtime API has no ${request.url}.`);
    response.writeHead(202).end('{"status":"OK"}');
    if (id === 'init') return this.#listener.onInitError(body);
    this.#listener.onAnswer(decodeURIComponent(id), kind === 'error' ? { error: body } : { output: body }, open);
  }

  /** A process that died polls no more. */
  #forget(poll: ServerResponse): void {
    const index = this.#polls.indexOf(poll);
    if (index >= 0) this.#polls.splice(index, 1);
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
