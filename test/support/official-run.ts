import { randomUUID } from 'node:crypto';
import { type DurableExecutionConfig, withDurableExecution } from '@aws/durable-execution-sdk-js';
import type { DurableContext } from '@middy-durable/core';
import type { DurableExecutionClient, DurableExecutionInvocationOutput } from '@middy-durable/protocol';
import { ExecutionService } from './execution-service.ts';
import { VirtualRuntime } from './virtual-runtime.ts';

/** What a scenario needs of the run around it, on either engine. */
export interface World {
  readonly service: ExecutionService;
  readonly runtime: { sleep(ms: number): Promise<void> };
}

/** A handler that both engines run. */
export type Scenario = (context: DurableContext, world: World) => Promise<unknown>;

export interface OfficialOptions {
  /** The service's side, where another engine has run before. Default: a new one. */
  service?: ExecutionService | undefined;
  runtime?: VirtualRuntime | undefined;
  input?: string | undefined;
  plugins?: unknown[] | undefined;
  childOperationsDepth?: number | undefined;
  /** False leaves the SDK's own logger in place. */
  silent?: boolean | undefined;
}

/** How an invocation of the official SDK went. */
export type OfficialAnswer =
  | { output: DurableExecutionInvocationOutput; thrown?: undefined; hangs?: undefined }
  | { thrown: Error; output?: undefined; hangs?: undefined }
  | { hangs: true; output?: undefined; thrown?: undefined };

/** Real milliseconds after which an invocation that could move counts as hanging. The SDK's own longest pause here is 20. */
const HANG_MS = 250;

/** A runtime whose time begins now: the official SDK compares the service's moments with the clock of the machine. */
export function runtimeFromNow(): VirtualRuntime {
  const runtime = new VirtualRuntime();
  runtime.skipTo(Date.now());
  return runtime;
}

/** One execution of a handler on the official SDK: real timers, and the same strict service as `DurableRun`. */
export class OfficialRun {
  readonly service: ExecutionService;
  readonly clock: VirtualRuntime;
  readonly runtime: World['runtime'] = { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
  readonly #handler: Scenario;
  readonly #options: OfficialOptions;
  #abandoned = false;

  constructor(handler: Scenario, options: OfficialOptions = {}) {
    this.#handler = handler;
    this.#options = options;
    this.clock = options.runtime ?? runtimeFromNow();
    this.service = options.service ?? new ExecutionService({ clock: this.clock, input: options.input });
  }

  /** Lets one invocation run to its answer. */
  async invoke(): Promise<OfficialAnswer> {
    return (await this.#run(undefined)) as OfficialAnswer;
  }

  /** As `invoke`, for an invocation that is expected to hang: it is given a quarter of a second. */
  async tryInvoke(): Promise<OfficialAnswer> {
    let timer: NodeJS.Timeout | undefined;
    const hangs = new Promise<OfficialAnswer>((resolve) => {
      timer = setTimeout(() => resolve({ hangs: true }), HANG_MS);
    });
    const answer = await this.#run(hangs).finally(() => clearTimeout(timer));
    // Nobody can stop it. The next request that its timers make fails, and then it gives up.
    if (answer.hangs) this.#abandoned = true;
    return answer;
  }

  /** Invokes until the execution has ended. */
  async finish(): Promise<DurableExecutionInvocationOutput> {
    for (let invocations = 0; invocations < 100; invocations++) {
      const { output, thrown } = await this.invoke();
      if (thrown) throw thrown;
      if (output?.Status !== 'PENDING') return output as DurableExecutionInvocationOutput;
      const due = this.service.nextDue();
      if (due === undefined) throw new Error('The execution waits for the outside.');
      this.clock.skipTo(due);
    }
    throw new Error('The execution does not end.');
  }

  /** The value that the handler returned in the end. */
  async result(): Promise<unknown> {
    const output = await this.finish();
    if (output.Status !== 'SUCCEEDED') throw new Error(`It ended with ${JSON.stringify(output)}`);
    return output.Result === undefined ? undefined : JSON.parse(output.Result);
  }

  async #run(hangs: Promise<OfficialAnswer> | undefined): Promise<OfficialAnswer> {
    const { plugins, childOperationsDepth, silent = true } = this.#options;
    const config = {
      durableExecutionClient: this.#client(this.service.client),
      ...(plugins && { plugins, pluginsConfig: { childOperationsDepth } }),
    } as unknown as DurableExecutionConfig;
    const handler = withDurableExecution(async (_event: unknown, context) => {
      if (silent) context.configureLogger({ customLogger: SILENT });
      return this.#handler(context as unknown as DurableContext, this);
    }, config) as unknown as (event: object, context: object) => Promise<DurableExecutionInvocationOutput>;
    const lambdaContext = {
      awsRequestId: `request-${this.service.state.invocationCount + 1}`,
      functionName: 'orders',
      getRemainingTimeInMillis: () => 900_000,
    };
    const running = handler(this.service.envelope(), lambdaContext).then(
      (output): OfficialAnswer => {
        this.service.complete(output);
        return { output };
      },
      (thrown): OfficialAnswer => ({ thrown }),
    );
    return hangs ? Promise.race([running, hangs]) : running;
  }

  /** As the AWS SDK, which gives every request a token of its own. */
  #client(client: DurableExecutionClient): DurableExecutionClient {
    return {
      ...client,
      checkpoint: async (request, logger) => {
        if (this.#abandoned) throw new Error('The test is over.');
        return client.checkpoint({ ...request, ClientToken: randomUUID() }, logger);
      },
    };
  }
}

const quiet = (): void => {};
const SILENT = { error: quiet, warn: quiet, info: quiet, debug: quiet };
