import { type InvocationRetries, memoryBackend, type StoreBackend } from '@middy-durable/backend';
import { parseExecutionArn } from '@middy-durable/protocol';
import { spanMilliseconds, type TimeSpan } from '../time/time-span.ts';
import { type VirtualTimeOptions, virtualTime } from '../time/virtual-time.ts';
import type { TestRun } from '../view/test-run.ts';
import { Driver } from './driver.ts';
import type { InvocationRecord } from './invocation-log.ts';
import { type ClientWrapper, type HandlerUnderTest, type InvocationHook, Invoker } from './invoker.ts';
import type { TestLambdaContext } from './lambda-context.ts';
import { jsonText } from './test-callback.ts';
import { DrivenExecution, type TestExecution } from './test-execution.ts';
import { serviceFunctions, type TestFunction } from './test-functions.ts';

/** Options of {@link createTestRunner}. */
export interface TestRunnerOptions extends VirtualTimeOptions {
  /** What `withDurableExecution` returned, wherever it keeps its executions: the runner brings its own place. */
  handler: HandlerUnderTest;
  /** Default `function-under-test`. */
  functionName?: string | undefined;
  /** What the handler may call with `context.invoke`, by name; any qualifier of the name means it. Default: only itself. */
  functions?: Readonly<Record<string, TestFunction>> | undefined;
  /** Until an execution times out. Default: 366 days, which count as no limit. */
  executionTimeout?: TimeSpan | undefined;
  /** Until an invocation is ended and another one follows, whole seconds. Default 15 minutes. */
  invocationTimeout?: TimeSpan | undefined;
  /** How invocations that crash are repeated. Default: as the service does it, at most 10 in a row. */
  retries?: InvocationRetries | undefined;
  /** Members of the Lambda context that are to differ. */
  lambdaContext?: Partial<TestLambdaContext> | undefined;
  /**
   * Real milliseconds given to work that Node doesn't list (crypto, zlib, WebAssembly) before virtual time makes a short
   * jump past it; five times that before a jump of a second or more (a step's timeout), fifty times in all before the
   * invocation's own end, the first time. Default 20. Raise it for steps that hash passwords.
   */
  grace?: number | undefined;
  /** Stands between the service and the handler: crashes, duplicated and lost deliveries. */
  onInvocation?: InvocationHook | undefined;
  /** Stands between each delivered handler and its client: failing, repeated, lost or late requests. */
  wrapClient?: ClientWrapper | undefined;
}

/** Options of one start. */
export interface StartOptions {
  /** The same name and input again is the same execution. Default: a new name. */
  name?: string | undefined;
  /** Default: the runner's. */
  executionTimeout?: TimeSpan | undefined;
}

/** Runs a durable handler on virtual time. `Result` is what the handler returns. */
export interface TestRunner<Result = unknown> {
  /**
   * Starts an execution and lets it run to its end, or until it waits for what only the outside can give.
   *
   * @throws as `start`
   * @example
   * const run = await runner.run({ orderId: 7 });
   * run.result; // what the handler returned
   */
  run(input?: unknown, options?: StartOptions): Promise<TestRun<Result>>;
  /**
   * Starts an execution. Nothing of it runs before the test waits for something.
   *
   * @throws TypeError for an input that JSON can't hold
   * @throws DurableExecutionAlreadyStartedException when the name is taken by an execution with another input
   */
  start(input?: unknown, options?: StartOptions): Promise<TestExecution<Result>>;
  /** Invocations of all executions so far, in the order in which they began. */
  readonly invocations: readonly InvocationRecord[];
  /** Virtual time now. */
  now(): Date;
  /** Where the executions are kept: for clients of callbacks and lists of executions that the test wants to try. */
  readonly backend: StoreBackend;
}

/**
 * Makes a runner for tests of a durable handler: executions in memory, virtual time that a wait of a year does not hold up,
 * callbacks driven from the test, and the same ids in every run of a test. Leaves no timer behind.
 *
 * Virtual time stands still while the handler really works (an open socket, a running timer) and moves when nothing else
 * can. What the handler reads from `Date` and `setTimeout` itself stays real.
 *
 * @throws TypeError for a handler that is no function, or a name that two functions have; RangeError or ValidationException for an option out of range
 * @example
 * const runner = createTestRunner<Receipt>({ handler });
 * const execution = await runner.start({ orderId: 7 });
 * const approval = await execution.callback('approval');
 * await approval.succeed('yes');
 * expect(await execution.result()).toEqual({ orderId: 7, approved: true });
 */
export function createTestRunner<Result = unknown>(options: TestRunnerOptions): TestRunner<Result> {
  const { handler, functionName = 'function-under-test', functions = {}, grace = 20 } = options;
  if (typeof handler !== 'function') {
    throw new TypeError(
      `createTestRunner: handler is ${typeof handler}, but must be a function. Pass what withDurableExecution returns.`,
    );
  }
  if (!(grace >= 0)) throw new RangeError(`createTestRunner: grace is ${grace}, but must be 0 or more milliseconds.`);
  const time = virtualTime(options);
  const backend = memoryBackend({
    clock: time,
    onStatusChange: ({ detail }) => {
      if (detail.status !== 'RUNNING') invoker.forget(detail.durableExecutionArn);
    },
  });
  const { lambdaContext, onInvocation, wrapClient } = options;
  const invoker = new Invoker({
    functionName,
    handler,
    functions,
    time,
    client: () => backend.client,
    lambdaContext,
    onInvocation,
    wrapClient,
  });
  const service = backend.service({
    invoke: invoker.invoke,
    functions: serviceFunctions(
      functionName,
      functions,
      (name) => (event, context) => invoker.callOrdinary(name, event, context),
      seconds,
    ),
    concurrency: Number.MAX_SAFE_INTEGER,
    leaseSeconds: seconds(options.invocationTimeout, 'invocationTimeout'),
    retries: options.retries,
  });
  const driver = new Driver(service, invoker, time, grace);

  const start = async (input?: unknown, startOptions: StartOptions = {}): Promise<TestExecution<Result>> => {
    const executionTimeout = startOptions.executionTimeout ?? options.executionTimeout;
    const { DurableExecutionArn: arn } = await service.start({
      functionName,
      name: startOptions.name,
      input: input === undefined ? undefined : jsonText(input, 'The input of the execution'),
      executionTimeout: seconds(executionTimeout, 'executionTimeout'),
    });
    const timeoutMatters = executionTimeout !== undefined;
    return new DrivenExecution<Result>({
      backend,
      driver,
      invoker,
      time,
      arn,
      name: parseExecutionArn(arn).name,
      timeoutMatters,
    });
  };

  return {
    start,
    run: async (input, startOptions) => (await start(input, startOptions)).run(),
    get invocations() {
      return invoker.log.records();
    },
    now: () => new Date(time.now()),
    backend,
  };
}

function seconds(span: TimeSpan | undefined, what: string): number | undefined {
  if (span === undefined) return undefined;
  const whole = spanMilliseconds(span, what) / 1000;
  if (Number.isInteger(whole) && whole > 0) return whole;
  throw new RangeError(`${what}: ${whole} s is not a whole number of seconds of at least 1.`);
}
