import { expect } from '@jest/globals';
import type { DurableExecutionInvocationOutput, InlineInvocation, OrdinaryEventOptions } from '@middy-durable/protocol';
import { FunctionSide } from './function-side.ts';
import type { World } from './world.ts';

/** One event of a queue: what tells it from others is the id of its message. */
export const message = (body = 'seven', messageId = 'message-7'): object => ({
  Records: [{ messageId, body, eventSource: 'aws:sqs', attributes: {}, messageAttributes: {} }],
});

export interface Delivery {
  event?: unknown;
  /** Default: a new one each time. */
  requestId?: string | undefined;
  remainingMs?: number | undefined;
  options?: OrdinaryEventOptions | undefined;
}

/** A Lambda context as far as a backend looks at it. */
export function lambdaContext(requestId: string | undefined, remainingMs = 30_000): object {
  return {
    functionName: 'orders',
    functionVersion: '$LATEST',
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => remainingMs,
  };
}

/** An invocation that executes a run, by hand. */
export class Inline extends FunctionSide {
  readonly inline: InlineInvocation;

  constructor(world: World, opened: { run: FunctionSide['envelope']; inline?: InlineInvocation | undefined }) {
    if (opened.inline === undefined) throw new Error('The run is not executed in this invocation.');
    super(opened.inline.client ?? world.backend.client, opened.run);
    this.inline = opened.inline;
  }

  close(
    output: DurableExecutionInvocationOutput,
    original?: { value: unknown } | { error: unknown },
  ): Promise<unknown> {
    return this.inline.close(output, original);
  }
}

let requests = 0;

/** Delivers an ordinary event: what is to be executed, or the answer. */
export async function deliver(world: World, delivery: Delivery = {}): Promise<Inline | { answer: unknown }> {
  requests += 1;
  const { event = message(), requestId = `request-${requests}`, remainingMs, options } = delivery;
  const opened = await world.backend.open(event, lambdaContext(requestId, remainingMs), options);
  return 'run' in opened ? new Inline(world, opened) : opened;
}

/** Delivers an event that is to be executed. */
export async function begin(world: World, delivery?: Delivery): Promise<Inline> {
  const opened = await deliver(world, delivery);
  if (opened instanceof Inline) return opened;
  throw new Error(`Nothing was to be executed, but answered ${JSON.stringify(opened.answer)}.`);
}

/** Delivers an event that is answered. */
export async function answered(world: World, delivery?: Delivery): Promise<unknown> {
  const opened = await deliver(world, delivery);
  if (opened instanceof Inline) throw new Error(`Run ${opened.arn} was to be executed.`);
  return opened.answer;
}

export const failed = (ErrorMessage: string): DurableExecutionInvocationOutput => ({
  Status: 'FAILED',
  Error: { ErrorType: 'OrderError', ErrorMessage, StackTrace: ['at order.ts:1'] },
});

export const pendingAnswer = (arn: string): unknown => expect.objectContaining({ durableExecutionArn: arn });
