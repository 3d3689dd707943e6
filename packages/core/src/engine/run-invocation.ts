import { LARGE_EXECUTION_RESULT_BYTES, MAX_PAGE_ITEMS, operationId, type WireOperation } from '@middy-durable/protocol';
import { NonDeterministicExecutionError, toErrorObject } from '../errors.ts';
import { fromJson, toJson } from '../serdes.ts';
import type { DurableExecutionInvocationOutput } from '../transport.ts';
import { Context } from './context.ts';
import type { ContextSettings } from './context-settings.ts';
import type { DepartureReason } from './departure.ts';
import { scopes } from './frame.ts';
import type { Ending, Invocation } from './invocation.ts';
import type { InvocationOutcome } from './observers.ts';
import { toMillis } from './operation-call.ts';
import type { HandlerOutcome } from './outcome-hooks.ts';

/** How user code ended. */
export type UserOutcome = HandlerOutcome;

/** The user's handler with everything that is around it. Never rejects. */
export type UserCode = (event: unknown, context: Context) => Promise<UserOutcome>;

/** How user code ended, or why it was left behind. */
type Outcome = Ending | UserOutcome;

/** An invocation's output, and the outcome that it says in JSON; undefined when user code never ran. */
export interface InvocationResult {
  output: DurableExecutionInvocationOutput;
  outcome: Outcome | undefined;
}

/** Runs user code against its record until it returns or can't move, makes what it did durable, and answers. */
export async function runInvocation(
  invocation: Invocation,
  userCode: UserCode,
  options: RunOptions,
): Promise<InvocationResult> {
  let how: InvocationOutcome = 'RETRYING';
  try {
    const result = await run(invocation, userCode, options);
    how = result.output.Status;
    return result;
  } finally {
    invocation.leaveUserCode();
    invocation.pipeline.stop(new Error('The invocation is over.'));
    invocation.observers.ended(how);
  }
}

async function run(invocation: Invocation, userCode: UserCode, options: RunOptions): Promise<InvocationResult> {
  const { instrumentation } = invocation;
  let outcome: Outcome | undefined;
  const ending = await loadState(invocation);
  if (ending) return { output: await answer(invocation, ending), outcome };
  const record = executionRecord(invocation);
  const event = readEvent(invocation, record);
  const answered = async () => {
    outcome = 'kind' in event ? event : await runUserCode(invocation, userCode, event.value, options);
    return { output: await answer(invocation, outcome), ...outcome };
  };
  if (!instrumentation) return { output: (await answered()).output, outcome };
  const startedAt = record && new Date(toMillis(record.StartTimestamp));
  const input = 'kind' in event ? undefined : event.value;
  return { output: await instrumentation.invocation(input, startedAt, answered), outcome };
}

export interface RunOptions {
  settings: ContextSettings;
  childOperationsDepth: number;
}

/** Takes in the whole record: the first page came with the event. */
async function loadState({ envelope, client, log, arn, endingOf }: Invocation): Promise<Ending | undefined> {
  const { Operations, NextMarker } = envelope.InitialExecutionState;
  log.merge(Operations ?? []);
  let Marker = NextMarker;
  try {
    while (Marker) {
      const page = await client.getExecutionState({
        DurableExecutionArn: arn,
        CheckpointToken: envelope.CheckpointToken,
        Marker,
        MaxItems: MAX_PAGE_ITEMS,
      });
      log.merge(page.Operations ?? []);
      Marker = page.NextMarker;
    }
    return undefined;
  } catch (error) {
    return { kind: endingOf(error).kind, error } as Ending;
  }
}

function readEvent({ arn }: Invocation, record: WireOperation | undefined): { value: unknown } | Ending {
  try {
    return { value: fromJson(record?.ExecutionDetails?.InputPayload || '{}') };
  } catch (error) {
    const message = `The input of execution ${arn} is not JSON: ${(error as Error).message}`;
    return { kind: 'fail', error: new SyntaxError(message, { cause: error }) };
  }
}

/** What an ending means to middlewares, which learn nothing of it otherwise. */
const DEPARTURES: Readonly<Partial<Record<Outcome['kind'], DepartureReason>>> = {
  suspend: 'suspended',
  fail: 'failed',
  throw: 'retried',
};

async function runUserCode(
  invocation: Invocation,
  userCode: UserCode,
  event: unknown,
  options: RunOptions,
): Promise<Outcome> {
  const { childOperationsDepth: depth } = options;
  if (!(depth === Number.POSITIVE_INFINITY || (Number.isInteger(depth) && depth >= 0))) {
    const rule = 'must be a non-negative integer or Infinity';
    return { kind: 'fail', error: new Error(`pluginsConfig.childOperationsDepth ${rule}; got ${depth}.`) };
  }
  const context = rootContext(invocation, options);
  const scope = { frame: invocation.root, context };
  invocation.repetition.begin();
  const outcome = await Promise.race([scopes.run(scope, userCode, event, context), invocation.ending]);
  invocation.leaveUserCode();
  const isAnswer = outcome.kind === 'return' || outcome.kind === 'reject';
  const settled = isAnswer ? await settle(invocation, outcome) : outcome;
  const ending = DEPARTURES[settled.kind] ?? 'completed';
  await scopes.run({ ...scope, departing: true }, () => invocation.departure.run(ending));
  return settled;
}

/** What hooks make of the outcome. One that fails ends only this invocation: the next one comes here again. */
async function settle({ outcomeHooks }: Invocation, outcome: UserOutcome): Promise<Outcome> {
  if (outcomeHooks.none) return outcome;
  try {
    return await outcomeHooks.run(outcome);
  } catch (error) {
    return { kind: 'throw', error };
  }
}

export function executionRecord({ log }: Invocation): WireOperation | undefined {
  // By its type: where it stands and what its id is are the backend's affair.
  for (const operation of log.all()) if (operation.Type === 'EXECUTION') return operation;
  return undefined;
}

function rootContext(invocation: Invocation, { settings, childOperationsDepth }: RunOptions): Context {
  const { arn, envelope, log, root } = invocation;
  return new Context({
    invocation,
    frame: root,
    rawId: '',
    recordId: undefined,
    settings,
    rebuilding: false,
    keptLevels: childOperationsDepth > 0 ? childOperationsDepth + 1 : 0,
    execution: {
      durableExecutionArn: arn,
      executionName: /\/durable-execution\/([^/]+)\//.exec(arn)?.[1] ?? '',
      isFirstInvocation: log.size <= 1,
      invocationCount: envelope.InvocationCount,
    },
  });
}

/** What was queued is durable before any answer leaves; where it can't be made so, that is the answer. */
async function answer(invocation: Invocation, outcome: Outcome): Promise<DurableExecutionInvocationOutput> {
  const { pipeline } = invocation;
  if (outcome.kind === 'throw') throw outcome.error;
  if (outcome.kind === 'fail' && pipeline.stopped) return failed(invocation, outcome.error);
  let result: string | undefined;
  let failure = outcome.kind === 'fail' || outcome.kind === 'reject' ? { error: outcome.error } : undefined;
  if (outcome.kind === 'return') {
    try {
      result = toJson(outcome.result);
    } catch (error) {
      failure = { error: new TypeError(`The handler's result: ${(error as Error).message}`, { cause: error }) };
    }
  }
  const large = result !== undefined && !failure && isLarge(result);
  try {
    if (large) await sendResult(invocation, result as string);
    await pipeline.flush();
  } catch (error) {
    if (pipeline.closed) return { Status: 'PENDING' };
    const ending = invocation.endingOf(error);
    if (ending.kind === 'throw') throw ending.error;
    return failed(invocation, failure ? failure.error : (ending as { error: unknown }).error);
  }
  if (large) return { Status: 'SUCCEEDED', Result: '' };
  // The backend takes no more: the execution was stopped, paused or closed meanwhile.
  if (outcome.kind === 'suspend' || pipeline.closed) return { Status: 'PENDING' };
  if (failure) return failed(invocation, failure.error);
  return result === undefined ? { Status: 'SUCCEEDED' } : { Status: 'SUCCEEDED', Result: result };
}

function failed({ code }: Invocation, error: unknown): DurableExecutionInvocationOutput {
  const output = { Status: 'FAILED', Error: toErrorObject(error) } as const;
  const divergence = error instanceof NonDeterministicExecutionError ? error.divergence : undefined;
  if (code === undefined || divergence === undefined) return output;
  const { operationId: OperationId, expected: Expected, found: Found } = divergence;
  return { ...output, NonDeterminism: { CodeVersion: code, OperationId, Expected, Found } };
}

function isLarge(result: string): boolean {
  return result.length > LARGE_EXECUTION_RESULT_BYTES / 3 && Buffer.byteLength(result) > LARGE_EXECUTION_RESULT_BYTES;
}

/** A result that does not fit the answer closes the execution by a checkpoint. The backend ignores the id. */
function sendResult({ pipeline, runtime }: Invocation, payload: string): Promise<void> {
  return pipeline.send({
    Id: operationId(`execution-result-${runtime.now()}`),
    Type: 'EXECUTION',
    Action: 'SUCCEED',
    Payload: payload,
  });
}
