import { randomUUID } from 'node:crypto';
import { withDurableExecution as officialExecution } from '@aws/durable-execution-sdk-js';
import { type DurableContext, type DurableExecutionConfig, withDurableExecution } from '@middy-durable/core';
import type { DurableExecutionClient } from '@middy-durable/protocol';
import { ExecutionService } from '../../support/execution-service.ts';

export type Handler = (context: DurableContext, service: ExecutionService) => Promise<unknown>;

export interface Outcome {
  /** The answer's status, `throws` or `hangs`. */
  end: string;
  service: ExecutionService;
  error: { ErrorType?: string; ErrorMessage?: string } | undefined;
  result: unknown;
}

/** Where the official SDK hangs, that it has not answered for so long while everything else was done says so. */
export const HANG_MS = 400;
const ENGINES = { official: officialExecution as unknown as typeof withDurableExecution, ours: withDurableExecution };
export type Engine = keyof typeof ENGINES;

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** As the AWS SDK does it for the official SDK, which sends none of its own. */
function withClientToken(client: DurableExecutionClient): DurableExecutionClient {
  return { ...client, checkpoint: (request) => client.checkpoint({ ClientToken: randomUUID(), ...request }) };
}

/** One execution of a handler, whose invocations either engine can run, in real time. */
export class TwoEngines {
  readonly #handler: Handler;
  readonly service: ExecutionService;
  #skipped = 0;

  constructor(handler: Handler) {
    this.#handler = handler;
    this.service = new ExecutionService({ clock: { now: () => Date.now() + this.#skipped, nextTurn: setImmediate } });
  }

  async invoke(engine: Engine, hangMs?: number, config?: DurableExecutionConfig): Promise<Outcome> {
    const { service } = this;
    const durable = ENGINES[engine](
      async (_event: unknown, context: DurableContext) => this.#handler(context, service),
      {
        durableExecutionClient: withClientToken(service.client),
        ...config,
      },
    );
    const answer = durable(service.envelope(), {
      awsRequestId: 'r',
      getRemainingTimeInMillis: () => 900_000,
    } as never).then(
      (output) => ({
        end: output.Status as string,
        error: output.Status === 'FAILED' ? (output.Error as Outcome['error']) : undefined,
        result: output.Status === 'SUCCEEDED' && output.Result ? JSON.parse(output.Result) : undefined,
      }),
      (error: Error) => ({
        end: 'throws',
        error: { ErrorType: error.name, ErrorMessage: error.message },
        result: undefined,
      }),
    );
    const outcome = await (hangMs === undefined
      ? answer
      : Promise.race([answer, sleep(hangMs).then(() => ({ end: 'hangs', error: undefined, result: undefined }))]));
    return { ...outcome, service };
  }

  /** Time passes until the next timer of the service is due. */
  skip(): void {
    this.#skipped += Math.max(0, (this.service.nextDue() ?? 0) - Date.now() - this.#skipped);
  }
}
