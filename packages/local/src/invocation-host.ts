/**
 * The process of a handler, started by `processInvoker`. Takes invocations over IPC, one at a time, and ends when it is
 * dismissed or when the process that started it is gone.
 */
import {
  type DurableExecutionClient,
  DurableExecutionInvocationInputWithClient,
  isDurableInvocation,
} from '@middy-durable/protocol';
import { failureOf, InvocationError, type InvocationFailure } from './invocation/invocation-error.ts';
import { IpcClient } from './invocation/ipc-client.ts';
import { lambdaContext } from './invocation/lambda-context.ts';
import { loadHandler } from './invocation/load-handler.ts';
import type { FromHost, HostTransport, InvokeMessage, ToHost } from './invocation/messages.ts';
import { type LocalBackendOptions, localBackend } from './local-backend.ts';

let client: DurableExecutionClient | undefined;
let ipcClient: IpcClient | undefined;
let current: string | undefined;

if (!process.send) {
  console.error("This is the process of a handler; it is started by processInvoker of '@middy-durable/local'.");
  process.exit(1);
}

process.on('message', (message: ToHost) => {
  if (message.type === 'invoke') void run(message);
  else if (message.type === 'reply') ipcClient?.receive(message);
  else void end(0);
});
// Nobody is left to take the answer; what was checkpointed is in the store.
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', (error) => breakDown(failureOf(error), 129));
process.on('unhandledRejection', (reason) => {
  const { errorType, errorMessage, stackTrace } = failureOf(reason);
  breakDown(
    { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: `${errorType}: ${errorMessage}`, stackTrace },
    128,
  );
});

async function run(message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  current = requestId;
  try {
    const handler = await loadHandler(message.module, message.exportName);
    const event: unknown = JSON.parse(message.event);
    const output = await handler(withClient(event, message.transport), lambdaContext(message, event));
    send({ type: 'answer', requestId, output: serialize(output) });
  } catch (error) {
    send({ type: 'answer', requestId, error: failureOf(error) });
  }
  current = undefined;
}

function withClient(event: unknown, transport: HostTransport): unknown {
  if (!isDurableInvocation(event) || transport.kind === 'none') return event;
  client ??= makeClient(transport);
  return new DurableExecutionInvocationInputWithClient(event, client);
}

function makeClient(transport: Exclude<HostTransport, { kind: 'none' }>): DurableExecutionClient {
  if (transport.kind === 'store') return localBackend(backendOptions(transport)).client;
  ipcClient = new IpcClient(transport, send);
  return ipcClient;
}

/** What this process needs to know to answer checkpoints as the service's own process would. */
function backendOptions({ file, functions }: Extract<HostTransport, { kind: 'store' }>): LocalBackendOptions {
  return { file, functions };
}

function serialize(output: unknown): string {
  try {
    return JSON.stringify(output) ?? 'null';
  } catch (cause) {
    throw new InvocationError({
      errorType: 'Runtime.MarshalError',
      errorMessage: `The handler's output is not JSON: ${(cause as Error).message}. Return plain data.`,
      stackTrace: [],
    });
  }
}

/** Code outside the handler's promise failed: the invocation fails and the process is not used again. */
function breakDown(error: InvocationFailure, exitCode: number): void {
  const requestId = current;
  current = undefined;
  process.exitCode = exitCode;
  if (requestId !== undefined) {
    send({ type: 'answer', requestId, error, last: true });
    return;
  }
  console.error(`${error.errorType}: ${error.errorMessage}\n${error.stackTrace.join('\n')}`);
  void end(exitCode);
}

function send(message: FromHost): void {
  process.send?.(message);
}

async function end(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(flushed));
  return process.exit(process.exitCode ?? code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => void stream.write('', () => done()));
}
