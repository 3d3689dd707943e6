import {
  type DurableContext,
  type DurableExecutionClient,
  type DurableExecutionConfig,
  type DurableLogger,
  type PartialLambdaContext,
  withDurableExecution,
} from '@middy-durable/core';
import {
  type DurableExecutionInvocationInput,
  type DurableExecutionInvocationOutput,
  RUNTIME_KEY,
} from '@middy-durable/protocol';
import { ExecutionService } from './execution-service.ts';
import { VirtualRuntime } from './virtual-runtime.ts';

/** A handler under test. */
export type RunHandler = (context: DurableContext, run: DurableRun, event: unknown) => Promise<unknown>;

export interface RunOptions extends Omit<DurableExecutionConfig, 'input'> {
  /** The event, as text. Default `{}`. */
  input?: string | undefined;
  pageSize?: number | undefined;
  /** The process; two executions may share one. Default: a new one. */
  runtime?: VirtualRuntime | undefined;
  /** Milliseconds that an invocation may take. Default 900,000. */
  invocationMs?: number | undefined;
  /** False leaves the default logger in place. */
  captureLogs?: boolean | undefined;
}

type LambdaHandler = (event: unknown, context: unknown) => Promise<unknown>;

/** Makes the Lambda handler under test, for the service's client: in whichever form it becomes durable. */
export type MakeHandler = (client: DurableExecutionClient) => (event: never, context: never) => Promise<unknown>;

export interface Answer {
  output: DurableExecutionInvocationOutput;
  /** Virtual milliseconds from the event to the answer. */
  ms: number;
}

/** One execution of a handler in virtual time, on a service that is as strict as the real one. */
export class DurableRun {
  readonly runtime: VirtualRuntime;
  readonly service: ExecutionService;
  /** What was printed: `info charged 12`. */
  readonly lines: string[] = [];
  /** The Lambda context of the latest invocation. */
  lambdaContext: PartialLambdaContext = {};
  readonly #options: RunOptions;
  readonly #lambdaHandler: LambdaHandler;

  constructor(handler: RunHandler, options: RunOptions = {}, make?: MakeHandler) {
    this.#options = options;
    const { input, pageSize, runtime = new VirtualRuntime() } = options;
    this.runtime = runtime;
    this.service = new ExecutionService({ clock: this.runtime, input, pageSize });
    this.#lambdaHandler = (make?.(this.service.client) ?? this.#wrapped(handler)) as LambdaHandler;
  }

  /** A run of a whole Lambda handler. */
  static of(make: MakeHandler, options?: RunOptions): DurableRun {
    return new DurableRun(() => Promise.reject(new Error('not called')), options, make);
  }

  /** Warnings of the engine and of user code. */
  get warnings(): string[] {
    return this.lines.filter((line) => line.startsWith('warn '));
  }

  /** Lets one invocation run to its answer. */
  async invoke(): Promise<Answer> {
    const began = this.runtime.now();
    const output = await this.runtime.until(this.#call(this.service.envelope()));
    this.service.complete(output);
    if (!this.#options.runtime && this.runtime.engineTimers > 0) throw new Error('The engine left a timer behind.');
    return { output, ms: this.runtime.now() - began };
  }

  /** Lets an invocation run until its `count`-th checkpoint and kills the process before or after that was applied. */
  async killAt(count: number, when: 'before' | 'after'): Promise<void> {
    const until = this.service.requests.length + count;
    const { faults } = this.service;
    const killed = new Promise<void>((resolve) => {
      this.service.faults = {
        ...faults,
        [when]: (_subject: unknown, current: number) => {
          if (current < until) return undefined;
          resolve();
          return new Promise(() => {});
        },
      };
    });
    this.#call(this.service.envelope()).catch(() => {});
    await this.runtime.until(killed);
    this.service.faults = faults;
    this.runtime.kill();
  }

  /** As `killAt`, for an invocation that may come to its answer before: false then, and nobody has got the answer. */
  async dies(count: number, when: 'before' | 'after'): Promise<boolean> {
    const { faults } = this.service;
    try {
      await this.killAt(count, when);
      return true;
    } catch {
      this.service.faults = faults;
      this.runtime.kill();
      return false;
    }
  }

  /** Lets an invocation run for `ms` and kills the process. */
  async killAfter(ms: number): Promise<void> {
    this.#call(this.service.envelope()).catch(() => {});
    await this.runtime.pass(ms);
    this.runtime.kill();
  }

  /** Invokes until the execution has ended, at the moments at which something is due. */
  async finish(): Promise<DurableExecutionInvocationOutput> {
    for (let invocations = 0; invocations < 100; invocations++) {
      const { output } = await this.invoke();
      if (output.Status !== 'PENDING') return output;
      const due = this.service.nextDue();
      if (due === undefined) throw new Error('The execution waits for the outside.');
      this.runtime.skipTo(due);
    }
    throw new Error('The execution does not end.');
  }

  /** The value that the handler returned in the end. */
  async result(): Promise<unknown> {
    const output = await this.finish();
    if (output.Status !== 'SUCCEEDED') throw new Error(`It ended with ${JSON.stringify(output)}`);
    return output.Result === undefined ? undefined : JSON.parse(output.Result);
  }

  #wrapped(handler: RunHandler): (event: DurableExecutionInvocationInput, context: PartialLambdaContext) => unknown {
    const {
      input: _input,
      pageSize: _pageSize,
      runtime: _runtime,
      invocationMs: _invocationMs,
      captureLogs = true,
      ...config
    } = this.#options;
    return withDurableExecution(
      async (event: unknown, context: DurableContext) => {
        if (captureLogs) context.configureLogger({ customLogger: recorder(this.lines) });
        return handler(context, this, event);
      },
      { durableExecutionClient: this.service.client, ...config },
    );
  }

  async #call(envelope: DurableExecutionInvocationInput): Promise<DurableExecutionInvocationOutput> {
    const deadline = this.runtime.now() + (this.#options.invocationMs ?? 900_000);
    this.lambdaContext = {
      awsRequestId: `request-${this.service.state.invocationCount}`,
      functionName: 'orders',
      getRemainingTimeInMillis: () => deadline - this.runtime.now(),
    };
    const event = { ...envelope, [RUNTIME_KEY]: this.runtime };
    return (await this.#lambdaHandler(event, this.lambdaContext)) as DurableExecutionInvocationOutput;
  }
}

function recorder(lines: string[]): DurableLogger {
  const at =
    (level: string) =>
    (...params: unknown[]): void =>
      void lines.push([level, ...params].join(' '));
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}
