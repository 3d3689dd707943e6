import type { InvocationContext } from '@middy-durable/backend';
import type { DurableExecutionInvocationInput } from '@middy-durable/protocol';
import { type EnvironmentOptions, ExecutionEnvironment } from './environment.ts';

/** A deployed function: it keeps environments warm, and starts another one when none is free. */
export class LambdaFunction {
  /** All that were started, dead ones too: one for each cold start. */
  readonly environments: ExecutionEnvironment[] = [];
  readonly #options: EnvironmentOptions;
  readonly #starting = new Set<Promise<unknown>>();

  constructor(options: EnvironmentOptions) {
    this.#options = options;
  }

  /** The environment that was started last. */
  get newest(): ExecutionEnvironment {
    const environment = this.environments.at(-1);
    if (!environment) throw new Error('The function was never invoked.');
    return environment;
  }

  /** Runs one invocation; fits `createService`. Rejects with an `InvocationError`, as Lambda would report it. */
  async invoke(
    _functionName: string,
    envelope: DurableExecutionInvocationInput,
    { requestId, signal }: Pick<InvocationContext, 'requestId' | 'signal'>,
  ): Promise<unknown> {
    const environment = await this.#take();
    const onAbort = (): void => environment.kill();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const functionArn = `arn:aws:lambda:us-east-1:000000000000:function:${this.#options.functionName}`;
      return await environment.invoke({ requestId, event: envelope, functionArn });
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Resolves when every environment that was asked for is there. */
  async settled(): Promise<void> {
    await Promise.all(this.#starting);
  }

  /** Kills what is left. */
  async close(): Promise<void> {
    await this.settled();
    for (const environment of this.environments) environment.kill();
    await Promise.all(this.environments.map(({ gone }) => gone));
  }

  async #take(): Promise<ExecutionEnvironment> {
    // Two that come at once may not both take the one that is being started.
    while (this.#starting.size > 0) await Promise.all(this.#starting);
    const free = this.environments.find((environment) => environment.free);
    if (free) return free;
    const starting = ExecutionEnvironment.start(this.#options);
    this.#starting.add(starting);
    try {
      const environment = await starting;
      this.environments.push(environment);
      return environment;
    } finally {
      this.#starting.delete(starting);
    }
  }
}
