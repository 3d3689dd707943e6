import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreBackend } from '@middy-durable/backend';
import {
  type CheckpointDurableExecutionRequest,
  DurableServiceError,
  type ErrorObject,
  type ExecutionStatus,
  InvalidParameterValueException,
  isFinal,
  parseExecutionArn,
} from '@middy-durable/protocol';

export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: object;
  /** A body that is sent as it is. */
  text?: string | undefined;
}

export type ApiOperation = (typeof ROUTES)[number]['operation'];

interface Call {
  readonly backend: StoreBackend;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
}

interface Request extends Call {
  /** The part of the path that names something, decoded. */
  readonly target: string;
  readonly query: URLSearchParams;
}

const EXECUTION = '/2025-12-01/durable-executions/(.+)';
const CALLBACK = '/2025-12-01/durable-execution-callbacks/(.+)';

/** Matched on the path as it was sent, then decoded once: ids have slashes, both encoded and not. The first match counts. */
const ROUTES = [
  { operation: 'CheckpointDurableExecution', method: 'POST', path: `${EXECUTION}/checkpoint`, answer: checkpoint },
  { operation: 'GetDurableExecutionState', method: 'GET', path: `${EXECUTION}/state`, answer: state },
  { operation: 'GetDurableExecutionHistory', method: 'GET', path: `${EXECUTION}/history`, answer: history },
  { operation: 'StopDurableExecution', method: 'POST', path: `${EXECUTION}/stop`, answer: stop },
  { operation: 'GetDurableExecution', method: 'GET', path: EXECUTION, answer: describe },
  { operation: 'SendDurableExecutionCallbackSuccess', method: 'POST', path: `${CALLBACK}/succeed`, answer: succeed },
  { operation: 'SendDurableExecutionCallbackFailure', method: 'POST', path: `${CALLBACK}/fail`, answer: fail },
  {
    operation: 'SendDurableExecutionCallbackHeartbeat',
    method: 'POST',
    path: `${CALLBACK}/heartbeat`,
    answer: heartbeat,
  },
  {
    operation: 'ListDurableExecutionsByFunction',
    method: 'GET',
    path: '/2025-12-01/functions/([^/]+)/durable-executions',
    answer: list,
  },
  { operation: 'Invoke', method: 'POST', path: '/2015-03-31/functions/([^/]+)/invocations', answer: invoke },
] as const;

/** What answers the request; undefined where the API has no such path. */
export function routeOf(
  method: string,
  url: string,
): { operation: ApiOperation; answer(call: Call): Promise<Answer> } | undefined {
  const [path = '', query = ''] = url.split('?', 2);
  for (const { operation, answer, ...route } of ROUTES) {
    const target = method === route.method ? new RegExp(`^${route.path}$`).exec(path)?.[1] : undefined;
    if (target === undefined) continue;
    return {
      operation,
      answer: async (call) =>
        answer({
          ...call,
          target: decodeURIComponent(target),
          query: new URLSearchParams(query.replaceAll('+', '%2B')),
        }),
    };
  }
  return undefined;
}

async function checkpoint({ backend, target, body }: Request): Promise<Answer> {
  const request = json(body) as CheckpointDurableExecutionRequest;
  return { body: await backend.client.checkpoint({ ...request, DurableExecutionArn: target }) };
}

async function state({ backend, target, query }: Request): Promise<Answer> {
  const answer = await backend.client.getExecutionState({
    DurableExecutionArn: target,
    CheckpointToken: query.get('CheckpointToken') as string,
    Marker: query.get('Marker') ?? undefined,
    MaxItems: maxItems(query),
  });
  return { body: answer };
}

async function history({ backend, target, query }: Request): Promise<Answer> {
  const answer = await backend.executions.history(target, {
    includeExecutionData: query.get('IncludeExecutionData') !== 'false',
    reverseOrder: query.get('ReverseOrder') === 'true',
    marker: query.get('Marker') ?? undefined,
    maxItems: maxItems(query),
  });
  return { body: answer };
}

async function stop({ backend, target, body }: Request): Promise<Answer> {
  return { body: await backend.executions.stop(target, json(body) as ErrorObject) };
}

async function describe({ backend, target, query }: Request): Promise<Answer> {
  const execution = await backend.executions.get(target);
  const withData = query.get('IncludeExecutionData') !== 'false';
  const without = { InputPayload: undefined, Result: undefined, Error: undefined };
  return { body: { ...execution, ...(!withData && without), ExecutionDataIncluded: withData } };
}

async function succeed({ backend, target, body }: Request): Promise<Answer> {
  await backend.callbacks.succeed(target, body.length > 0 ? text(body) : undefined);
  return {};
}

async function fail({ backend, target, body }: Request): Promise<Answer> {
  await backend.callbacks.fail(target, json(body) as ErrorObject);
  return {};
}

async function heartbeat({ backend, target }: Request): Promise<Answer> {
  await backend.callbacks.heartbeat(target);
  return {};
}

async function list({ backend, target, query }: Request): Promise<Answer> {
  const moment = (member: string) => (query.has(member) ? new Date(query.get(member) as string) : undefined);
  const answer = await backend.executions.list({
    functionName: target,
    name: query.get('DurableExecutionName') ?? undefined,
    statuses: query.getAll('Statuses') as ExecutionStatus[],
    startedAfter: moment('StartedAfter'),
    startedBefore: moment('StartedBefore'),
    reverseOrder: query.get('ReverseOrder') === 'true',
    marker: query.get('Marker') ?? undefined,
    maxItems: maxItems(query),
  });
  return { body: answer };
}

/** Durable functions only: they are started, and run by the loop of the backend. */
async function invoke({ backend, target, query, headers, body, signal }: Request): Promise<Answer> {
  const qualifier = query.get('Qualifier');
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const name = headers['x-amz-durable-execution-name'] as string | undefined;
  const functionName = qualifier ? `${target}:${qualifier}` : target;
  if (!/:(\$LATEST|[0-9]+)$/.test(functionName)) {
    throw new InvalidParameterValueException('You cannot invoke a durable function using an unqualified ARN.');
  }
  if (type === 'DryRun') return { status: 204, text: '' };
  const input = body.length > 0 ? text(body) : undefined;
  const { DurableExecutionArn: arn } = await backend.executions.start({ functionName, name, input });
  const started = {
    'x-amz-durable-execution-arn': arn,
    'x-amz-executed-version': parseExecutionArn(arn).qualifier,
  };
  if (type === 'Event') return { status: 202, headers: started, text: '' };
  for (;;) {
    const { Status, Result, Error: error } = await backend.executions.get(arn);
    if (Status === 'SUCCEEDED') return { headers: started, text: Result ?? 'null' };
    if (isFinal(Status)) {
      return {
        headers: { ...started, 'x-amz-function-error': 'Unhandled' },
        body: { errorMessage: error?.ErrorMessage, errorType: error?.ErrorType, stackTrace: error?.StackTrace },
      };
    }
    await sleep(5, undefined, { signal });
  }
}

function maxItems(query: URLSearchParams): number | undefined {
  return query.has('MaxItems') ? Number(query.get('MaxItems')) : undefined;
}

function json(body: Buffer): object {
  try {
    return body.length > 0 ? JSON.parse(text(body)) : {};
  } catch (error) {
    throw new DurableServiceError('SerializationException', (error as Error).message, 400);
  }
}

function text(body: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw new InvalidParameterValueException('The body is not UTF-8.');
  }
}
