import {
  isFinal,
  LARGE_CONTEXT_RESULT_BYTES,
  MAX_OPERATION_PAYLOAD_BYTES,
  type OperationUpdate,
  type WireOperation,
} from '@middy-durable/protocol';
import type { AmbientPlace } from '../ambient/ambient-ids.ts';
import { describeValue } from '../describe-value.ts';
import type { DurablePromise } from '../durable-promise.ts';
import type { Context } from '../engine/context.ts';
import { scopes } from '../engine/frame.ts';
import { never } from '../engine/invocation.ts';
import type { OperationCall } from '../engine/operation-call.ts';
import { ChildContextError, type DurableOperationError, fromErrorObject, toErrorObject } from '../errors.ts';
import type { Serdes } from '../serdes.ts';
import type { ChildConfig } from '../types.ts';
import { checkFunction, checkOptions, checkSubType, operationLabel } from '../validation.ts';
import { fromPayload, roundTrip } from './payload.ts';

const OPTIONS = {
  serdes: 'serdes',
  summaryGenerator: 'function',
  errorMapper: 'function',
  virtualContext: 'boolean',
} as const;

/** A child context that another operation is made of. */
export interface ChildVariant<T, R> {
  /** How messages call the operation. */
  method: string;
  /** Checks of its own arguments. */
  check?(label: string): void;
  /** Where an ambient function calls: its place. */
  ambient?(): AmbientPlace;
  /** Makes the operation's value from the context's, live and on every replay. */
  after(call: OperationCall, value: T): R | Promise<R>;
}

const PLAIN: ChildVariant<never, never> = { method: 'runInChildContext', after: (_call, value) => value };

/** Body of a context that the engine itself is made of: it also sees its own operation. */
export type InnerFunc<T> = (child: Context, call: OperationCall) => Promise<T>;

/** Runs a function with a context of its own and records its result as one operation. */
export function childContext<T, R = T>(
  context: Context,
  name: string | undefined,
  fn: InnerFunc<T>,
  config: ChildConfig<T> | undefined,
  variant: ChildVariant<T, R> = PLAIN as ChildVariant<T, R>,
): DurablePromise<R> {
  const { method } = variant;
  return context.operate(
    () => {
      variant.check?.(operationLabel(method, name));
      const label = operationLabel(method, name);
      checkFunction(fn, label, 'the body');
      checkChildOptions(config, label);
      return {
        method,
        type: 'CONTEXT',
        subType: config?.subType ?? 'RunInChildContext',
        name,
        unrecorded: config?.virtualContext ?? false,
        ambient: variant.ambient?.(),
      };
    },
    async (call) => variant.after(call, await runChild(context, call, fn, config ?? {})),
  );
}

/** Refuses options that can't be right. */
export function checkChildOptions<T>(config: ChildConfig<T> | undefined, label: string): void {
  checkOptions(config, OPTIONS, label);
  checkSubType(config?.subType, label);
}

export function runChild<T>(
  context: Context,
  call: OperationCall,
  fn: InnerFunc<T>,
  config: ChildConfig<T>,
): Promise<T> {
  const { record } = call;
  const serdes = config.serdes ?? (context.settings.serdes as Serdes<T>);
  const over = record !== undefined && isFinal(record.Status);
  const rebuilding = over && record.Status === 'SUCCEEDED' && record.ContextDetails?.ReplayChildren === true;
  return over && !rebuilding
    ? recorded(call, record, serdes, config)
    : runOpen(context, call, fn, serdes, config, rebuilding);
}

async function recorded<T>(
  call: OperationCall,
  { Status, ContextDetails: details }: WireOperation,
  serdes: Serdes<T>,
  config: ChildConfig<T>,
): Promise<T> {
  if (Status !== 'SUCCEEDED') throw surfaced(details?.Error ? fromErrorObject(details.Error) : undefined, config);
  try {
    return await fromPayload(call, serdes, details?.Result);
  } catch (error) {
    throw surfaced(fromErrorObject(toErrorObject(error)), config);
  }
}

/** Runs the body. `over`: it has ended in an earlier invocation, and its result is built again. */
async function runOpen<T>(
  context: Context,
  call: OperationCall,
  fn: InnerFunc<T>,
  serdes: Serdes<T>,
  config: ChildConfig<T>,
  over: boolean,
): Promise<T> {
  const virtual = config.virtualContext ?? false;
  if (!call.record && !virtual) call.post('START');

  const child = context.child(call, { virtual, rebuilding: over });
  const finish = virtual || over ? undefined : call;
  const keep = child.keepsOperations && { ContextOptions: { ReplayChildren: true } };
  if (virtual) call.invocation.instrumentation?.operationStarted(call, true);
  try {
    // Never within the call that opened it: user code after it runs first, live and on replay alike.
    await undefined;
    const { instrumentation } = call.invocation;
    const result = await scopes.run({ frame: child.frame, context: child }, () =>
      instrumentation && !over
        ? instrumentation.child(call, async () => fn(child, call))
        : // What else than a promise it returns is subscribed to in its own scope.
          Promise.resolve(fn(child, call)),
    );
    if (!child.frame.live) return never();
    child.frame.end();
    const { payload, readBack } = await roundTrip(call, serdes, result, Number.POSITIVE_INFINITY);
    finish?.post('SUCCEED', success(call, payload, result, config, keep || undefined));
    if (virtual) call.invocation.instrumentation?.virtualEnded(call, 'SUCCEEDED');
    return readBack;
  } catch (error) {
    if (!call.live) return never();
    child.frame.end();
    const stored = toErrorObject(error);
    finish?.post('FAIL', { Error: stored, ...keep });
    const failure = surfaced(fromErrorObject(stored), config);
    if (virtual) call.invocation.instrumentation?.virtualEnded(call, 'FAILED', failure);
    throw failure;
  }
}

/** What is recorded of a result; one that is too large to store is built again by running the body. */
function success<T>(
  call: OperationCall,
  payload: string | undefined,
  result: T,
  config: ChildConfig<T>,
  keep: Pick<OperationUpdate, 'ContextOptions'> | undefined,
): Partial<OperationUpdate> | undefined {
  if (payload === undefined) return keep;
  if (!isLarge(payload)) return keep ? { Payload: payload, ...keep } : { Payload: payload };
  const summary = config.summaryGenerator?.(result) ?? '';
  checkSummary(call, summary);
  return { Payload: summary, ContextOptions: { ReplayChildren: true } };
}

function checkSummary(call: OperationCall, summary: unknown): asserts summary is string {
  if (typeof summary !== 'string') {
    throw new TypeError(`${call.describe()}: summaryGenerator must return a string; got ${describeValue(summary)}`);
  }
  if (summary.length <= MAX_OPERATION_PAYLOAD_BYTES / 3) return;
  const bytes = Buffer.byteLength(summary);
  if (bytes <= MAX_OPERATION_PAYLOAD_BYTES) return;
  throw new RangeError(
    `${call.describe()}: its summary takes ${bytes} bytes and the limit is ${MAX_OPERATION_PAYLOAD_BYTES}: ` +
      'let summaryGenerator return less',
  );
}

function isLarge(payload: string): boolean {
  return payload.length > LARGE_CONTEXT_RESULT_BYTES / 3 && Buffer.byteLength(payload) > LARGE_CONTEXT_RESULT_BYTES;
}

/** The error that user code meets: built from the stored one, so that it is the same live and on replay. */
function surfaced<T>(
  stored: DurableOperationError | undefined,
  { errorMapper }: ChildConfig<T>,
): DurableOperationError {
  if (!stored) return new ChildContextError();
  return errorMapper?.(stored) ?? new ChildContextError(stored.message, stored);
}
