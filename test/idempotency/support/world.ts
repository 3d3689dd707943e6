import { type MemoryBackend, memoryBackend, type Service } from '@middy-durable/backend';
import { type DurableContext, type DurableExecutionConfig, withDurableExecution } from '@middy-durable/core';
import { type Backend, type ExecutionDescription, RUNTIME_KEY, type Runtime } from '@middy-durable/protocol';

export type Handler = (event: never, context: DurableContext) => Promise<unknown>;
type LambdaHandler = (event: unknown, context: unknown) => Promise<unknown>;

const LEASE_SECONDS = 900;
const MOST_TICKS = 300;

/** Durable functions on one backend, and the time that passes for all of them. Processes die where a test lets them. */
export class World {
  readonly backend: MemoryBackend;
  readonly clock: Runtime;
  readonly #service: Service;
  readonly #functions = new Map<string, LambdaHandler>();
  /** Ends of the invocations that are running, by execution. */
  readonly #deaths = new Map<string, (error: Error) => void>();
  #skipped = 0;
  invocations = 0;

  constructor() {
    this.clock = this.#makeClock();
    this.backend = memoryBackend({ clock: this.clock });
    this.#service = this.backend.service({
      leaseSeconds: LEASE_SECONDS,
      onError: () => {},
      invoke: (name, envelope) => {
        this.invocations++;
        const { promise: death, reject } = Promise.withResolvers<never>();
        this.#deaths.set(envelope.DurableExecutionArn, reject);
        const handler = this.#functions.get(name) as LambdaHandler;
        return Promise.race([handler({ ...envelope, [RUNTIME_KEY]: this.clock }, this.#context(name)), death]);
      },
    });
  }

  /** Registers a durable function. */
  add(name: string, handler: Handler, config: DurableExecutionConfig & { backend?: Backend } = {}): void {
    this.addHandler(name, withDurableExecution(handler, { backend: this.backend, ...config }) as LambdaHandler);
  }

  /** Registers a whole Lambda handler. */
  addHandler(name: string, handler: LambdaHandler): void {
    this.#functions.set(name, handler);
  }

  /** An ordinary event, as Lambda delivers it. */
  call(name: string, event: object, requestId: string = crypto.randomUUID()): Promise<unknown> {
    const handler = this.#functions.get(name) as LambdaHandler;
    return handler({ ...event, [RUNTIME_KEY]: this.clock }, { ...this.#context(name), awsRequestId: requestId });
  }

  async start(name: string, input: unknown = {}, executionTimeout?: number): Promise<string> {
    const request = { functionName: name, input: JSON.stringify(input), executionTimeout };
    return (await this.backend.executions.start(request)).DurableExecutionArn;
  }

  /** The process of that execution dies; the code in it never goes on. */
  die(context: DurableContext): Promise<never> {
    return this.kill(context.executionContext.durableExecutionArn);
  }

  /** The same, by its ARN. */
  kill(arn: string): Promise<never> {
    this.#deaths.get(arn)?.(new Error('the process died'));
    return new Promise(() => {});
  }

  /** Lets what is due now happen. */
  async settle(): Promise<void> {
    for (let ticks = 0; ticks < MOST_TICKS; ticks++) {
      const next = await this.#service.tick();
      await this.#service.idle();
      if (next === undefined || next > this.now()) return;
    }
    throw new Error('It does not come to rest.');
  }

  /** Lets time pass until the execution has ended. */
  async end(arn: string): Promise<ExecutionDescription> {
    for (let ticks = 0; ticks < MOST_TICKS; ticks++) {
      const next = await this.#service.tick();
      await this.#service.idle();
      const execution = await this.backend.executions.get(arn);
      if (execution.Status !== 'RUNNING') return execution;
      if (next !== undefined) this.pass(Math.max(1, next - this.now()));
    }
    throw new Error(`${arn} has not ended.`);
  }

  /** Its result, or its error. */
  async result(arn: string): Promise<unknown> {
    const { Status, Result, Error: error } = await this.end(arn);
    if (Status !== 'SUCCEEDED') return { Status, type: error?.ErrorType, message: error?.ErrorMessage };
    return Result === undefined ? undefined : JSON.parse(Result);
  }

  pass(ms: number): void {
    this.#skipped += ms;
  }

  now(): number {
    return Date.now() + this.#skipped;
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  #context(functionName: string): object {
    const deadline = this.now() + LEASE_SECONDS * 1000;
    return {
      functionName,
      awsRequestId: crypto.randomUUID(),
      getRemainingTimeInMillis: () => deadline - this.now(),
    };
  }

  #makeClock(): Runtime {
    return {
      now: () => this.now(),
      randomId: () => crypto.randomUUID(),
      schedule(callback, ms) {
        const timer = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
        return () => clearTimeout(timer);
      },
      nextTurn: (callback) => setImmediate(callback),
      activeResources: () => new Map(),
    };
  }
}
