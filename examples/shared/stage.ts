import { randomUUID } from 'node:crypto';
import type { Backend, DurableExecutionInvocationInput, ExecutionDescription, HistoryEvent } from '@middy-durable/core';
import {
  createService,
  type ProcessInvokerOptions,
  type Service,
  type SqliteStore,
  sqliteStore,
} from '@middy-durable/local';
import { historyOf } from './show/executions.ts';
import { type ShownInvocation, ShownInvocations } from './show/shown-invocations.ts';
import { styled } from './show/text.ts';
import { timeline } from './show/timeline.ts';
import { until } from './show/until.ts';

export interface StageOptions {
  functionName: string;
  /** The module whose `handler` is played. */
  handler: URL;
  /** What it may call, by name. Default: nothing. */
  calls?: ProcessInvokerOptions['handlers'] | undefined;
  /** Why the process of an invocation that begins is killed at once; undefined lets it work. Default: all work. */
  killAtOnce?: ((invocation: ShownInvocation) => string | undefined) | undefined;
  /** Ends the play before its end. */
  signal: AbortSignal;
}

/**
 * Plays a story on the store that the environment names: a service whose invocations are processes of their own, and
 * printed. Leaves no process and no open file behind, however the story ends.
 */
export async function onStage<T>(options: StageOptions, story: (stage: Stage) => Promise<T>): Promise<T> {
  const store = sqliteStore();
  const stage = new Stage(options, store);
  const loop = new AbortController();
  const looping = stage.service.run({ signal: loop.signal, pollSeconds: 0.1 });
  try {
    return await story(stage);
  } finally {
    loop.abort();
    await stage.service.close();
    await looping;
    await stage.invocations.close();
    await store.close();
  }
}

export class Stage {
  readonly invocations: ShownInvocations;
  /** @internal */
  readonly service: Service;
  readonly #options: StageOptions;
  readonly #store: SqliteStore;

  constructor(options: StageOptions, store: SqliteStore) {
    this.#options = options;
    this.#store = store;
    this.invocations = new ShownInvocations({
      handlers: { [options.functionName]: options.handler, ...options.calls },
      store: store.file,
      history: (arn) => this.history(arn),
      print: console.log,
      killAtOnce: options.killAtOnce,
    });
    const { invoke, functions } = this.invocations;
    this.service = createService({ store, invoke, functions });
  }

  get backend(): Backend {
    return this.service.backend;
  }

  /** Starts an execution (default: of the function that is played), or finds the one that has this name and input already. */
  async start(
    name: string,
    input: unknown,
    functionName: string = this.#options.functionName,
  ): Promise<{ arn: string; created: boolean }> {
    const { DurableExecutionArn: arn, created } = await this.service.start({
      functionName,
      name,
      input: JSON.stringify(input),
    });
    if (created) console.log(`${name} is started; its execution is kept in ${this.#store.file}`);
    return { arn, created };
  }

  /**
   * Sends an ordinary event to a function, as a request of its own that may take some seconds, and resolves to the answer;
   * to undefined when there is none: its process died.
   */
  async send(functionName: string, event: unknown, seconds = 6): Promise<unknown> {
    const call = { requestId: randomUUID(), deadline: Date.now() + seconds * 1000 };
    return this.invocations.invoke(functionName, event as DurableExecutionInvocationInput, call).catch(() => undefined);
  }

  /** The newest execution of that name. */
  async named(functionName: string, name: string): Promise<string> {
    const { DurableExecutions } = await this.backend.executions.list({ functionName, name });
    const [newest] = DurableExecutions;
    if (!newest) throw new Error(`${functionName} has no execution ${name}.`);
    return newest.DurableExecutionArn;
  }

  history(arn: string): Promise<HistoryEvent[]> {
    return historyOf(this.backend, arn);
  }

  /**
   * Resolves once `holds` does.
   * @throws Error when the execution has ended and it does not hold, or the play is ended
   */
  async before(arn: string, what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const looked = async (): Promise<boolean> => {
      const { Status, Error: error } = await this.backend.executions.get(arn);
      if (await holds()) return true;
      if (Status === 'RUNNING') return false;
      throw new Error(`The execution ended as ${Status} before ${what}: ${error?.ErrorType}: ${error?.ErrorMessage}`);
    };
    await until(what, looked, this.#options.signal);
  }

  /** Kills the process that runs now. */
  kill(why: string): void {
    this.invocations.kill(this.invocations.latest, why);
  }

  /** Resolves once the execution has ended and no process is left. */
  async end(arn: string): Promise<ExecutionDescription> {
    const { executions } = this.backend;
    const ended = async (): Promise<boolean> => (await executions.get(arn)).Status !== 'RUNNING';
    await until('the execution has ended', ended, this.#options.signal);
    await this.settle();
    return executions.get(arn);
  }

  /** Resolves once everything that is due has run. */
  async settle(): Promise<void> {
    await this.service.tick();
    await this.service.idle();
  }

  async printTimeline(arn: string): Promise<void> {
    console.log(`\n${styled('bold', 'timeline')}`);
    for (const line of timeline(await this.history(arn))) {
      console.log(`  ${/[┌└]/.test(line) ? styled('dim', line) : line}`);
    }
    console.log();
  }
}
