import {
  type CallbackOperations,
  CallbackTimeoutException,
  type CompletionOptions,
  type ErrorObject,
  type HistoryEvent,
  MAX_PAGE_ITEMS,
} from '@middy-durable/protocol';
import { processRuntime } from '../engine/process-runtime.ts';
import { checkOptions } from '../validation.ts';
import { LambdaService, type LambdaTransportOptions } from './lambda-service.ts';

/** What a completion says, as far as a history shows it. */
type Completion = { status: 'SUCCEEDED'; result: string | undefined } | { status: 'FAILED'; error: ErrorObject };
/** How a callback ended, as its history shows it. */
type Ending = Completion | { status: 'TIMED_OUT' } | { status: 'EXECUTION_ENDED' };

/** A completion may stand in the history some time after it was taken. Milliseconds. */
const PAUSES: readonly number[] = [200, 400, 800];

/**
 * Completes callbacks of Lambda durable functions, from anywhere with the right to (`lambda:SendDurableExecutionCallback*`).
 * The AWS SDK is loaded, and a connection opened, at the first request; a request is tried 5 times, where that may help.
 *
 * The service refuses every second completion. With a writer and the execution's ARN the one that stands is looked up in the
 * execution's history (`lambda:GetDurableExecutionHistory`): a repeat of it resolves, and the error of any other says why the
 * callback is closed. A result is the writer's when `writerOf` says so or when it is the same, a failure when it is the same.
 *
 * @throws TypeError when the client is none
 * @example
 * await lambdaCallbacks().succeed(callbackId, JSON.stringify({ approved: true }));
 */
export function lambdaCallbacks(options?: LambdaTransportOptions): CallbackOperations {
  checkOptions(options, { client: 'object' }, 'lambdaCallbacks');
  const service = new LambdaService(options?.client, 'lambdaCallbacks');
  return {
    async succeed(callbackId, result, completion) {
      const Result = result === undefined ? undefined : new TextEncoder().encode(result);
      await service
        .send('SendDurableExecutionCallbackSuccessCommand', { CallbackId: callbackId, Result })
        .catch((refusal: unknown) =>
          orRepeat(service, callbackId, { status: 'SUCCEEDED', result }, completion, refusal),
        );
    },
    async fail(callbackId, error = {}, completion) {
      await service
        .send('SendDurableExecutionCallbackFailureCommand', { CallbackId: callbackId, Error: error })
        .catch((refusal: unknown) => orRepeat(service, callbackId, { status: 'FAILED', error }, completion, refusal));
    },
    async heartbeat(callbackId) {
      await service.send('SendDurableExecutionCallbackHeartbeatCommand', { CallbackId: callbackId });
    },
  };
}

/** Resolves when what stands is this very completion; else rejects with the refusal, and with its reason where it is known. */
async function orRepeat(
  service: LambdaService,
  callbackId: string,
  completion: Completion,
  { writerId, durableExecutionArn, writerOf }: CompletionOptions = {},
  refusal: unknown,
): Promise<void> {
  const { name, message } = (refusal ?? {}) as Partial<Error>;
  if (name !== 'CallbackTimeoutException' || writerId === undefined || !durableExecutionArn) throw refusal;
  const ending = await endingOf(service, durableExecutionArn, callbackId).catch((cause: unknown) => {
    throw new CallbackTimeoutException(message, { cause });
  });
  if (ending && isSame(ending, completion, writerId, writerOf)) return;
  const reason = ending && (ending.status === 'SUCCEEDED' || ending.status === 'FAILED' ? 'COMPLETED' : ending.status);
  throw new CallbackTimeoutException(message, { cause: refusal, reason });
}

function isSame(
  ending: Ending,
  completion: Completion,
  writerId: string,
  writerOf: CompletionOptions['writerOf'],
): boolean {
  if (ending.status === 'SUCCEEDED' && completion.status === 'SUCCEEDED') {
    const writer = ending.result === undefined ? undefined : writerOf?.(ending.result);
    return writer === undefined ? ending.result === completion.result : writer === writerId;
  }
  if (ending.status !== 'FAILED' || completion.status !== 'FAILED') return false;
  const [one, other] = [ending.error, completion.error];
  return (
    one.ErrorType === other.ErrorType && one.ErrorMessage === other.ErrorMessage && one.ErrorData === other.ErrorData
  );
}

async function endingOf(service: LambdaService, arn: string, callbackId: string): Promise<Ending | undefined> {
  for (let tries = 0; ; tries++) {
    const ending = await readEnding(service, arn, callbackId);
    const pause = PAUSES[tries];
    if (ending || pause === undefined) return ending;
    await new Promise<void>((resolve) => processRuntime.schedule(resolve, pause));
  }
}

/** Reads backwards: an ending is seen before what it ends. */
async function readEnding(service: LambdaService, arn: string, callbackId: string): Promise<Ending | undefined> {
  const endings = new Map<string | undefined, Ending>();
  let last: Ending | undefined;
  let Marker: string | undefined;
  do {
    const page = (await service.send('GetDurableExecutionHistoryCommand', {
      DurableExecutionArn: arn,
      IncludeExecutionData: true,
      ReverseOrder: true,
      MaxItems: MAX_PAGE_ITEMS,
      Marker,
    })) as { Events?: HistoryEvent[]; NextMarker?: string } | undefined;
    for (const event of page?.Events ?? []) {
      if (event.CallbackStartedDetails?.CallbackId === callbackId) return endings.get(event.Id) ?? last;
      if (/^Execution(Succeeded|Failed|TimedOut|Stopped)$/.test(event.EventType)) last = { status: 'EXECUTION_ENDED' };
      const ending = callbackEnding(event);
      if (ending) endings.set(event.Id, ending);
    }
    Marker = page?.NextMarker;
  } while (Marker);
  return undefined;
}

function callbackEnding(event: HistoryEvent): Ending | undefined {
  switch (event.EventType) {
    case 'CallbackSucceeded':
      return { status: 'SUCCEEDED', result: event.CallbackSucceededDetails?.Result?.Payload };
    case 'CallbackFailed':
      return { status: 'FAILED', error: event.CallbackFailedDetails?.Error?.Payload ?? {} };
    case 'CallbackTimedOut':
      return { status: 'TIMED_OUT' };
    default:
      return undefined;
  }
}
