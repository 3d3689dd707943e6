import { currentStepContext, durableStep, type StepConfig, type StepContext } from '@middy-durable/core';
import { currentExecution, isDurableHandler } from '@middy-durable/core/middleware';
import { IdempotencyAlreadyInProgressError, IdempotencyPromiseError } from '../errors.ts';
import { executionHolder } from '../execution-holder.ts';
import { type Holder, Idempotency } from '../idempotency.ts';
import { keyDigest } from '../key/key-digest.ts';
import type { RecordKey } from '../key/record-key.ts';
import { refuseMisplaced } from '../misplaced.ts';
import type { IdempotencyOptions } from '../options.ts';
import { isFenced } from '../powertools/fenced-layer.ts';
import { guardOf } from '../step/guard.ts';
import { argumentsForStep } from './context-in-step.ts';
import { callHolder, claimForCall, completeCall, failCall } from './held-call.ts';
import { remainingMs } from './remaining-time.ts';
import { registerScope } from './shared-scopes.ts';

/** Options of {@link makeIdempotent}. */
export interface MakeIdempotentOptions<Args extends unknown[] = never[], This = unknown> extends IdempotencyOptions {
  /** What the key is made of, and what is compared. Default: the first argument. */
  data?: ((this: This, ...args: Args) => unknown) | undefined;
  /** Or the index of the argument. */
  dataIndexArgument?: number | undefined;
  /** Or the name of a member of the first argument, as the keyword arguments of Python. */
  dataKeywordArgument?: string | undefined;
  /** The key itself, in place of one that is made of the data. It holds across functions: put a `keyPrefix` before it. */
  key?: ((this: This, ...args: Args) => string) | undefined;
  /** Second part of the prefix of keys, after the Lambda function's name. Default: none, as Powertools for TypeScript. */
  functionName?: string | undefined;
  /** Of the step that a call is in a durable handler. Default: the function's name; one attempt. */
  step?: Omit<StepConfig<never>, 'idempotency'> & { name?: string | undefined };
}

type AnyFunction = (this: never, ...args: never[]) => unknown;

/** The function with its parameters, whose calls are asynchronous. */
export type IdempotentFunction<Fn extends AnyFunction> =
  unknown extends ThisParameterType<Fn>
    ? (...args: Parameters<Fn>) => Promise<Awaited<ReturnType<Fn>>>
    : (this: ThisParameterType<Fn>, ...args: Parameters<Fn>) => Promise<Awaited<ReturnType<Fn>>>;

const METHOD = 'makeIdempotent';
const PROMISE = "an execution's own retries and replays pass, and its claim lasts until it has ended";

/**
 * A function whose calls happen once per key; later calls get the stored result. Any function: a Lambda handler, one of its
 * parts, a method.
 *  - Outside of durable executions the claim lasts as long as the invocation may: by the Lambda context among the arguments,
 *    the one that the config was told, or 15 minutes.
 *  - In a durable handler the call is a step, guarded as by `stepIdempotency`.
 *  - In the body of a step the claim is the step's: its retries pass.
 *
 * @throws TypeError, RangeError for options that can't be right, and for two functions whose keys could not be told apart
 * @example
 * const charge = makeIdempotent(async (order: Order) => payments.charge(order), {
 *   persistenceStore,
 *   data: (order) => order.id,
 *   keyPrefix: 'charge',
 * });
 */
export function makeIdempotent<Fn extends AnyFunction>(
  fn: Fn,
  options: MakeIdempotentOptions<Parameters<Fn>, ThisParameterType<Fn>>,
): IdempotentFunction<Fn> {
  if (typeof fn !== 'function') throw new TypeError(`${METHOD}: what is made idempotent must be a function`);
  if (isDurableHandler(fn)) {
    throw new TypeError(
      `${METHOD}: this handler is durable already, and each of its invocations would count as a whole call. Put idempotency ` +
        'inside: withDurableExecution(handler, { idempotency: idempotentExecution(...) }).',
    );
  }
  const idempotency = new Idempotency(options, METHOD, undefined);
  const given = checkOptions(options as MakeIdempotentOptions);
  if (!idempotency.config.isEnabled()) {
    return named(async function plain(this: unknown, ...args: unknown[]) {
      return fn.apply(this as never, args as never);
    }, fn);
  }
  if (given.key === undefined) registerScope(options.persistenceStore, given.keyPrefix ?? given.functionName, fn);
  /** Keys that a step's body is calling with, by the attempt. */
  const running = new WeakMap<StepContext, Set<string>>();
  async function idempotent(this: unknown, ...args: unknown[]): Promise<unknown> {
    const callWith = async (given: unknown[]): Promise<unknown> => fn.apply(this as never, given as never);
    const call = (): Promise<unknown> => callWith(args);
    const execution = currentExecution();
    if (!execution) refuseMisplaced(METHOD, args[0], args[1]);
    const explicit: unknown = given.key?.apply(this, args as never);
    const key = idempotency.keyOf({ functionName: given.functionName }, dataOf(given, this, args), explicit);
    if (!key) return call();
    if (execution) checkFencing(options.persistenceStore);
    if (execution && !execution.step) {
      return asStep(fn.name, () => callWith(argumentsForStep(args, fn.name)), key, idempotency, given);
    }
    const holder = execution
      ? executionHolder(execution, key, given, execution.step?.id)
      : callHolder(key, args[1], idempotency);
    const attempt = currentStepContext();
    const keys = (attempt && running.get(attempt)) ?? new Set<string>();
    if (attempt) running.set(attempt, keys);
    // An attempt that calls twice at once: both would pass as the same owner.
    if (keys.has(key.key)) {
      throw new IdempotencyAlreadyInProgressError(
        `Idempotency key ${key.key} is held by another call in the same step. Wait for that first.`,
        { key: key.key, status: 'INPROGRESS', owner: holder.owner },
        holder.arn || undefined,
      );
    }
    keys.add(key.key);
    try {
      // A step can't wait longer than its invocation: its claim lasts, and its body does not.
      const deadline = execution ? holder.now() + remainingMs(execution.lambdaContext) : holder.until;
      return await perform(idempotency, holder, deadline, call);
    } finally {
      keys.delete(key.key);
    }
  }
  return named(idempotent, fn);
}

function named<Fn extends AnyFunction>(idempotent: (...args: unknown[]) => unknown, fn: Fn): IdempotentFunction<Fn> {
  return Object.defineProperty(idempotent, 'name', { value: fn.name, configurable: true }) as never;
}

async function perform(
  idempotency: Idempotency,
  holder: Holder,
  deadline: number,
  call: () => Promise<unknown>,
): Promise<unknown> {
  const found = await claimForCall(idempotency, holder, deadline);
  if (found) return found.value;
  let value: unknown;
  try {
    value = await call();
  } catch (error) {
    await failCall(idempotency, holder, error);
    throw error;
  }
  return completeCall(idempotency, holder, value);
}

function asStep(
  fnName: string,
  call: () => Promise<unknown>,
  key: RecordKey,
  idempotency: Idempotency,
  { step = {} }: MakeIdempotentOptions,
): Promise<unknown> {
  const { name = fnName || 'idempotent function', ...config } = step;
  const once = durableStep(call, {
    retryStrategy: () => ({ shouldRetry: false }),
    ...(config as StepConfig<unknown>),
    name,
    key: () => keyDigest(key.key),
    idempotency: guardOf(idempotency, () => key),
  });
  return once();
}

function checkFencing(store: unknown): void {
  if (isFenced(store)) return;
  throw new IdempotencyPromiseError(
    `${METHOD}: called in a durable execution with a layer of Powertools, whose records have no owner, so this promise is ` +
      `lost: ${PROMISE}. Use DynamoDBPersistenceLayer of @middy-durable/idempotency/dynamodb on the same table.`,
  );
}

function dataOf(options: MakeIdempotentOptions, self: unknown, args: unknown[]): unknown {
  const { data, dataIndexArgument, dataKeywordArgument } = options;
  if (data) return data.apply(self, args as never);
  if (dataKeywordArgument !== undefined) return (args[0] as Record<string, unknown> | undefined)?.[dataKeywordArgument];
  return args[dataIndexArgument ?? 0];
}

function checkOptions(options: MakeIdempotentOptions): MakeIdempotentOptions {
  const { data, dataIndexArgument, dataKeywordArgument, key, functionName } = options;
  for (const [option, value] of Object.entries({ data, key })) {
    if (value !== undefined && typeof value !== 'function') {
      throw new TypeError(`${METHOD}: option ${option} must be a function of the arguments`);
    }
  }
  if (dataIndexArgument !== undefined && !(Number.isInteger(dataIndexArgument) && dataIndexArgument >= 0)) {
    throw new RangeError(`${METHOD}: option dataIndexArgument must be the index of an argument, 0 or more`);
  }
  for (const [option, value] of Object.entries({ dataKeywordArgument, functionName })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw new TypeError(`${METHOD}: option ${option} must be a name`);
    }
  }
  const ways = [data, dataIndexArgument, dataKeywordArgument].filter((way) => way !== undefined);
  if (ways.length > 1) {
    throw new TypeError(
      `${METHOD}: say what the key is made of in one way: data, dataIndexArgument or dataKeywordArgument`,
    );
  }
  return options;
}
