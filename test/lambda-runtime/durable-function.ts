import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MemoryBackend, memoryBackend } from '@middy-durable/backend';
import {
  type CheckpointDurableExecutionRequest,
  type CheckpointDurableExecutionResponse,
  type DurableExecutionClient,
  type ExecutionDescription,
  type GetDurableExecutionStateResponse,
  isFinal,
} from '@middy-durable/protocol';
import { LambdaApiServer } from '../support/lambda-api-server.ts';
import { readLines } from './read-lines.ts';
import type { EnvironmentOptions } from './runtime/environment.ts';
import { LambdaFunction } from './runtime/lambda-function.ts';

/** What a test does to a checkpoint: apply it, or not, and something before or after. */
export type CheckpointGate = (
  apply: () => Promise<CheckpointDurableExecutionResponse>,
  /** From 1. */
  count: number,
) => Promise<CheckpointDurableExecutionResponse>;

/** What a test does to a state read. */
export type StateGate = (
  read: () => Promise<GetDurableExecutionStateResponse>,
  /** From 1. */
  count: number,
) => Promise<GetDurableExecutionStateResponse>;

type DeployOptions = Partial<Pick<EnvironmentOptions, 'timeoutMs' | 'nodeOptions' | 'concurrency'>>;

const NAME = 'orders';

/** A durable function in real environments, on a service in this process that it reaches over HTTP. */
export class DurableFunction {
  readonly lambda: LambdaFunction;
  readonly backend: MemoryBackend;
  readonly api: LambdaApiServer;
  /** Every checkpoint that came in. */
  readonly checkpoints: CheckpointDurableExecutionRequest[] = [];
  gate: CheckpointGate = (apply) => apply();
  /** How many reads of the state came in. */
  stateReads = 0;
  stateGate: StateGate = (read) => read();
  readonly #outside: string;
  readonly #stop = new AbortController();
  readonly #service: Promise<void>;

  /** @param handler file in `task/handlers` and export, such as `order.handler` */
  static async deploy(handler: string, options: DeployOptions = {}): Promise<DurableFunction> {
    const backend = memoryBackend();
    const client: DurableExecutionClient = {
      ...backend.client,
      checkpoint: (request) => {
        const count = deployed.checkpoints.push(request);
        // Whoever waits for it looks.
        backend.engine.changed();
        return deployed.gate(() => backend.client.checkpoint(request), count);
      },
      getExecutionState: (request) => {
        deployed.stateReads += 1;
        return deployed.stateGate(() => backend.client.getExecutionState(request), deployed.stateReads);
      },
    };
    const api = await LambdaApiServer.listen({ ...backend, client });
    const deployed = new DurableFunction(handler, options, backend, api);
    return deployed;
  }

  private constructor(handler: string, options: DeployOptions, backend: MemoryBackend, api: LambdaApiServer) {
    this.backend = backend;
    this.api = api;
    this.#outside = mkdtempSync(join(tmpdir(), 'lambda-runtime-'));
    this.lambda = new LambdaFunction({
      functionName: NAME,
      handler,
      timeoutMs: 20_000,
      log: join(this.#outside, 'log'),
      env: { ...api.env, OUTSIDE: this.#outside },
      ...options,
    });
    const service = backend.service({
      invoke: (name, envelope, context) => this.lambda.invoke(name, envelope, context),
      // A timeout would be waited out.
      retries: { initialDelaySeconds: 0 },
    });
    this.#service = service.run({ signal: this.#stop.signal });
  }

  /** Starts an execution and resolves to its ARN. */
  async start(input: unknown): Promise<string> {
    const { DurableExecutionArn } = await this.backend.executions.start({
      functionName: NAME,
      input: JSON.stringify(input),
    });
    return DurableExecutionArn;
  }

  /** The end of an execution. */
  async ended(arn: string): Promise<ExecutionDescription> {
    return this.#when(async () => {
      const execution = await this.backend.executions.get(arn);
      return isFinal(execution.Status) ? execution : undefined;
    });
  }

  /** The result of an execution that succeeds. */
  async result(arn: string): Promise<unknown> {
    const { Status, Result, Error: error } = await this.ended(arn);
    if (Status !== 'SUCCEEDED')
      throw new Error(`The execution ended as ${Status}: ${JSON.stringify(error)}\n${this.log}`);
    return Result === undefined ? undefined : JSON.parse(Result);
  }

  /** The open callback of an execution whose invocation has ended. */
  async suspendedOn(arn: string): Promise<string> {
    return this.#when(async () => {
      const { Events } = await this.backend.executions.history(arn);
      const started = Events.filter(({ EventType }) => EventType === 'CallbackStarted').at(-1);
      const { CallbackId } = started?.CallbackStartedDetails ?? {};
      return Events.at(-1)?.EventType === 'InvocationCompleted' ? CallbackId : undefined;
    });
  }

  /** Resolves when that many checkpoints have come in. */
  async sent(checkpoints: number): Promise<void> {
    await this.#when(async () => (this.checkpoints.length >= checkpoints ? true : undefined));
  }

  /** How each invocation of an execution ended: the type of its error, or `answered`. */
  async invocations(arn: string): Promise<string[]> {
    const { Events } = await this.backend.executions.history(arn);
    return Events.flatMap(({ InvocationCompletedDetails: details }) =>
      details ? [details.Error?.Payload?.ErrorType ?? 'answered'] : [],
    );
  }

  /** What was done outside, in that order. */
  get effects(): string[] {
    return readLines(join(this.#outside, 'effects'));
  }

  /** What the function printed. */
  get log(): string {
    return readLines(join(this.#outside, 'log')).join('\n');
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.lambda.close();
    await this.#service;
    await this.api.close();
    rmSync(this.#outside, { recursive: true });
  }

  /** Looks after every change of the backend, until there is something. */
  async #when<T>(look: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        const unwatch = this.backend.engine.watch(() => {
          unwatch();
          resolve();
        });
      });
      const found = await look();
      if (found !== undefined) return found;
      await changed;
    }
  }
}
