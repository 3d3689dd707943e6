import type { InvocationContext, Invoke, StoreBackend } from '@middy-durable/backend';
import {
  type DurableExecutionClient,
  type DurableExecutionInvocationInput,
  DurableExecutionInvocationInputWithClient,
  ResourceNotFoundException,
  RUNTIME_KEY,
} from '@middy-durable/protocol';
import type { VirtualTime } from '../time/virtual-time.ts';
import { endingOf, InvocationLog } from './invocation-log.ts';
import { lambdaContext, type TestLambdaContext } from './lambda-context.ts';
import type { TestFunction } from './test-functions.ts';

/**
 * A durable handler under test: what `withDurableExecution` or another wrapper returns, typed as widely as those of the
 * official SDK and of middy need it. It is called with an event of the protocol and a {@link TestLambdaContext}.
 */
export type HandlerUnderTest = (event: never, context: never) => Promise<unknown>;

/** How the invoker calls it. */
type Callable = (event: DurableExecutionInvocationInput, context: TestLambdaContext) => Promise<unknown>;
type OrdinaryHandler = (event: unknown, context: TestLambdaContext) => unknown;

/** An invocation that is about to happen. */
export interface InvocationCall {
  /** The function under test, or one that it called. */
  readonly functionName: string;
  readonly executionArn: string;
  /** In its execution, from 1. */
  readonly number: number;
  readonly requestId: string;
  readonly envelope: DurableExecutionInvocationInput;
  /** Aborted when the invocation has run out of virtual time. */
  readonly signal: AbortSignal;
}

/**
 * Stands between the service and the handler. `deliver` calls the handler: once for an ordinary invocation, several times
 * for duplicated deliveries, never for a lost one. Rejecting is a crash: the service invokes again. Code that was
 * delivered to and left behind goes on as a zombie.
 */
export type InvocationHook = (call: InvocationCall, deliver: () => Promise<unknown>) => Promise<unknown>;

/** Stands between a handler and its client, made for each delivery: to fail, repeat or delay requests, or never answer. */
export type ClientWrapper = (client: DurableExecutionClient, call: InvocationCall) => DurableExecutionClient;

export interface InvokerOptions {
  functionName: string;
  handler: HandlerUnderTest;
  functions: Readonly<Record<string, TestFunction>>;
  time: VirtualTime;
  client: () => StoreBackend['client'];
  lambdaContext?: Partial<TestLambdaContext> | undefined;
  onInvocation?: InvocationHook | undefined;
  wrapClient?: ClientWrapper | undefined;
}

interface Running {
  executionArn: string;
  /** Epoch milliseconds. */
  deadline: number;
}

/** Calls the handler for the service, keeps the log of it, and knows whose code may be at work. */
export class Invoker {
  readonly log: InvocationLog = new InvocationLog();
  readonly #options: InvokerOptions;
  readonly #running = new Set<Running>();
  /** Executions of which an invocation has run out of time. */
  readonly #overran = new Set<string>();

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  /** Code under test may be at work. */
  get working(): boolean {
    return this.#running.size > 0;
  }

  /** When the first running invocation has run out of time; infinite when none runs. */
  get deadline(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.#running) first = Math.min(first, deadline);
    return first;
  }

  /** All that run are of executions that have had an invocation run out of time. */
  get hungBefore(): boolean {
    return [...this.#running].every(({ executionArn }) => this.#overran.has(executionArn));
  }

  isRunning(executionArn: string): boolean {
    return [...this.#running].some((running) => running.executionArn === executionArn);
  }

  /** The execution has ended: what its code still does counts for nothing. */
  forget(executionArn: string): void {
    this.#overran.delete(executionArn);
    for (const running of this.#running) if (running.executionArn === executionArn) this.#running.delete(running);
  }

  readonly invoke: Invoke = async (functionName, envelope, { requestId, signal, deadline, tenantId }) => {
    const { time, onInvocation = (_call, deliver) => deliver() } = this.#options;
    const executionArn = envelope.DurableExecutionArn;
    const running = { executionArn, deadline };
    const { number, ended } = this.log.began(executionArn, requestId, new Date(time.now()));
    const call: InvocationCall = { functionName, executionArn, number, requestId, envelope, signal };
    this.#running.add(running);
    time.moved();
    const end = (ending: Parameters<typeof ended>[1]): void => {
      this.#running.delete(running);
      time.moved();
      ended(new Date(time.now()), ending);
    };
    const overrun = (): void => {
      this.#overran.add(executionArn);
      end({ outcome: 'CRASHED', error: signal.reason });
    };
    signal.addEventListener('abort', overrun, { once: true });
    try {
      const output = await onInvocation(call, () => this.#deliver(call, deadline, tenantId));
      end(endingOf(output));
      return output;
    } catch (error) {
      end({ outcome: 'CRASHED', error });
      throw error;
    }
  };

  /** Calls an ordinary function; no hook stands between. */
  async callOrdinary(functionName: string, event: unknown, context: InvocationContext): Promise<unknown> {
    const { time } = this.#options;
    const { requestId, signal, deadline, tenantId } = context;
    const running = { executionArn: '', deadline };
    const end = (): void => {
      this.#running.delete(running);
      time.moved();
    };
    this.#running.add(running);
    time.moved();
    signal.addEventListener('abort', end, { once: true });
    try {
      const functionArn = `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`;
      const remaining = (): number => Math.max(0, deadline - time.now());
      const lambda = lambdaContext({ requestId, functionArn, tenantId, remaining }, this.#options.lambdaContext);
      return await (this.#handlerOf(functionName) as OrdinaryHandler)(event, lambda);
    } finally {
      signal.removeEventListener('abort', end);
      end();
    }
  }

  #handlerOf(functionName: string): TestFunction['handler'] {
    const { handler, functions, functionName: underTest } = this.#options;
    const found = functionName === underTest ? handler : functions[functionName]?.handler;
    if (found === undefined) throw new ResourceNotFoundException(`Function not found: ${functionName}`);
    return found;
  }

  #deliver(call: InvocationCall, deadline: number, tenantId: string | undefined): Promise<unknown> {
    const { time, wrapClient = (client: DurableExecutionClient) => client } = this.#options;
    const handler = this.#handlerOf(call.functionName);
    const client = wrapClient(watched(this.#options.client(), time), call);
    const context = lambdaContext(
      {
        requestId: call.requestId,
        functionArn: call.executionArn.split('/', 1)[0] as string,
        tenantId,
        remaining: () => Math.max(0, deadline - time.now()),
      },
      this.#options.lambdaContext,
    );
    // A copy for each delivery: what one handler does to its event is nothing that another one sees.
    const event = new DurableExecutionInvocationInputWithClient(structuredClone(call.envelope), client);
    Object.defineProperty(event, RUNTIME_KEY, { value: time });
    const answer = (async () => (handler as Callable)(event, context))();
    // A hook may have left it behind.
    answer.catch(() => {});
    return answer;
  }
}

/** A client whose calls hold time still. One that says nothing and learns nothing is the engine's own clockwork, no progress. */
function watched(client: DurableExecutionClient, time: VirtualTime): DurableExecutionClient {
  return {
    limits: client.limits,
    async checkpoint(request, logger) {
      if (request.Updates?.length) time.moved();
      const response = await time.during(client.checkpoint(request, logger));
      if (request.Updates?.length || response.NewExecutionState.Operations?.length) time.moved();
      return response;
    },
    async getExecutionState(request, logger) {
      time.moved();
      return time.during(client.getExecutionState(request, logger));
    },
  };
}
