import type { HandOver, HandOverContext, Invoke } from '@middy-durable/backend';
import { type Clock, ResourceNotFoundException } from '@middy-durable/protocol';
import { type ClientLike, lambdaInvoke } from './aws-clients.ts';
import { within } from './time-limit.ts';

/** Lambda refused an invocation for now. Nothing is lost: who gets it slows down and asks again later. */
export class LambdaBusy extends Error {
  readonly retryable = true;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LambdaBusy';
  }
}

/** How functions are reached. */
export interface LambdaFunctions {
  /** Asynchronously: Lambda keeps the event, and repeats it when the function fails. */
  handOver: HandOver;
  /** Synchronously, for calls of ordinary functions. */
  invoke: Invoke;
  /** Asynchronously, with any event. */
  send(functionName: string, event: unknown): Promise<void>;
}

interface InvokeAnswer {
  FunctionError?: string;
  Payload?: Uint8Array;
}

type Addition = { [Member in keyof HandOverContext]?: HandOverContext[Member] | undefined };

const THROTTLED = /^(TooManyRequests|Throttling|ThrottledException|RequestLimitExceeded|EC2Throttled|SlowDown)/;
const UNREACHABLE =
  /^(TimeoutError|RequestTimeout|AbortError|NetworkingError|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ServiceException|ServiceUnavailable|InternalServerError)/;
/** How long Lambda has to take an event, in milliseconds: somebody may wait for his own answer meanwhile. */
const EVENT_MS = 5000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** Functions of the account and region that the client, or the environment, means. */
export function lambdaFunctions(client: ClientLike | undefined, clock: Clock): LambdaFunctions {
  const request = lambdaInvoke(client);

  const send = async (functionName: string, event: unknown, { qualifier, tenantId }: Addition = {}): Promise<void> => {
    const input = {
      ...targetOf(functionName, { qualifier, tenantId }),
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    };
    try {
      await within(clock, EVENT_MS, (signal) => request(input, signal));
    } catch (error) {
      throw failure(functionName, qualifier, error);
    }
  };

  return {
    send: (functionName, event) => send(functionName, event),
    handOver: send,
    async invoke(functionName, event, { signal, ...addition }) {
      const input = { ...targetOf(functionName, addition), Payload: JSON.stringify(event) };
      for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
        try {
          return answerOf((await request(input, signal)) as InvokeAnswer);
        } catch (error) {
          // Only what surely did not run is repeated.
          if (!THROTTLED.test(nameOf(error)) || signal.aborted)
            throw missingOr(error, functionName, addition.qualifier);
          await pause(clock, waitMs, signal);
        }
      }
    },
  };
}

function targetOf(functionName: string, { qualifier, tenantId }: Addition): object {
  return {
    FunctionName: functionName,
    ...(isPublished(qualifier) && { Qualifier: qualifier }),
    ...(tenantId !== undefined && { TenantId: tenantId }),
  };
}

function isPublished(qualifier: string | undefined): boolean {
  return qualifier !== undefined && /^[0-9]+$/.test(qualifier);
}

/** What the function returned. Throws what it reported. */
function answerOf({ FunctionError, Payload }: InvokeAnswer): unknown {
  const text = Payload === undefined ? '' : Buffer.from(Payload).toString();
  const value: unknown = text === '' ? null : JSON.parse(text);
  if (FunctionError === undefined) return value;
  throw value;
}

function failure(functionName: string, qualifier: string | undefined, cause: unknown): Error {
  const name = nameOf(cause);
  const what = `Function ${functionName} could not be invoked. (${name}: ${(cause as Error | undefined)?.message})`;
  const status = Number((cause as { $metadata?: { httpStatusCode?: unknown } } | undefined)?.$metadata?.httpStatusCode);
  if (THROTTLED.test(name))
    return new LambdaBusy(`${what} Lambda throttles: it is tried again, more slowly.`, { cause });
  if (UNREACHABLE.test(name) || status >= 500) return new LambdaBusy(`${what} It is tried again.`, { cause });
  if (/^AccessDenied/.test(name)) {
    return new Error(`${what} Give this role lambda:InvokeFunction on the function and its versions.`, { cause });
  }
  return missingOr(cause, functionName, qualifier) as Error;
}

function missingOr(error: unknown, functionName: string, qualifier: string | undefined): unknown {
  if (nameOf(error) !== 'ResourceNotFoundException') return error;
  const version = isPublished(qualifier) ? ` in version ${qualifier}` : '';
  return new ResourceNotFoundException(`Function not found: ${functionName}${version}`, { cause: error });
}

function nameOf(error: unknown): string {
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return String(name === 'Error' && code !== undefined ? code : name);
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.schedule(end, ms);
    signal.addEventListener('abort', end);
  });
}
