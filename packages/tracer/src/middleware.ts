import type { Tracer } from '@aws-lambda-powertools/tracer';
import type { DurableContext, LambdaContext } from '@middy-durable/core';
import { checkOptions, currentDurableInvocation, type DurableRequest } from '@middy-durable/core/middleware';
import { ReplayAwareTracer } from './replay-aware-tracer.ts';
import { closeAll, type Subsegment } from './x-ray.ts';

/** Options of {@link replayAwareTracer} and {@link tracedHandler}. */
export interface ReplayAwareTracerOptions {
  /** Adds the handler's result as metadata, once, in the invocation that ends the execution. Default true. */
  captureResponse?: boolean | undefined;
}

/** A request of middy's, durable or not. */
export interface TracerRequest extends Omit<DurableRequest, 'context'> {
  context: LambdaContext;
}

/** Traces as `captureLambdaHandler` does. */
export interface ReplayAwareTracerMiddleware {
  before: (request: TracerRequest) => void;
  after: (request: TracerRequest) => void;
  onError: (request: TracerRequest) => void;
}

/** Where middlewares that end a request early look for what is to be done then. */
const CLEAN_UP_KEY = 'powertools-for-aws.tracer';
const SEGMENT_KEY = 'middy-durable.tracer.segment';

/**
 * A middleware that takes the place of Powertools' `captureLambdaHandler`, and makes the tracer know of replay. Each
 * invocation has a subsegment `## <handler>`, annotated with `execution_arn` and, at its end, `invocation_status`; it is closed
 * at a suspension and at any other ending, with all that is open in it. Each attempt of a step has one, `### <step>`,
 * with `operation_id`, `operation_name` and `attempt`; a replayed step has none. What code outside of steps opens while it
 * replays (`captureMethod`, `addNewSubsegment`) is not sent again; its annotations are set in each invocation, which is a
 * trace of its own.
 *
 * In handlers that are not durable it does what `captureLambdaHandler` does.
 *
 * @throws TypeError when it is no Tracer of Powertools, one that can't be made replay-aware, or an option can't be right
 * @example
 * const tracer = new Tracer({ serviceName: 'orders' });
 * const handler = middy({ executionMode: durableExecution() }).use(replayAwareTracer(tracer));
 */
export function replayAwareTracer(tracer: Tracer, options: ReplayAwareTracerOptions = {}): ReplayAwareTracerMiddleware {
  const handling = new Handling('replayAwareTracer', tracer, options);
  return {
    before: function replayAwareTracerBefore({ internal }) {
      const ended = handling.begin();
      if (!ended) return;
      internal[SEGMENT_KEY] = ended;
      internal[CLEAN_UP_KEY] = () => ended({});
    },
    after: function replayAwareTracerAfter({ internal, response }) {
      (internal[SEGMENT_KEY] as Ended | undefined)?.({ response });
    },
    onError: function replayAwareTracerOnError({ internal, error }) {
      (internal[SEGMENT_KEY] as Ended | undefined)?.({ error });
    },
  };
}

/**
 * As {@link replayAwareTracer}, for a handler without middy.
 *
 * @throws TypeError when it is no Tracer of Powertools, one that can't be made replay-aware, or an option can't be right
 * @example
 * const handler = withDurableExecution(
 *   tracedHandler(tracer, async (order, context) => context.step('pay', () => pay(order))),
 * );
 */
export function tracedHandler<Event, Result>(
  tracer: Tracer,
  handler: (event: Event, context: DurableContext) => Promise<Result>,
  options: ReplayAwareTracerOptions = {},
): (event: Event, context: DurableContext) => Promise<Result> {
  const handling = new Handling('tracedHandler', tracer, options);
  return async (event, context) => {
    const ended = handling.begin();
    try {
      const response = await handler(event, context);
      ended?.({ response });
      return response;
    } catch (error) {
      ended?.({ error });
      throw error;
    }
  };
}

type Ended = (outcome: { response?: unknown; error?: unknown }) => void;

class Handling {
  readonly #tracer: Tracer;
  readonly #replayAware: ReplayAwareTracer;
  readonly #captureResponse: boolean;

  constructor(method: string, tracer: Tracer, options: ReplayAwareTracerOptions) {
    checkOptions(options, { captureResponse: 'boolean' }, method);
    this.#replayAware = ReplayAwareTracer.of(tracer);
    this.#tracer = tracer;
    this.#captureResponse = options.captureResponse ?? true;
  }

  /** Opens the handler's subsegment; the returned function takes the outcome. */
  begin(): Ended | undefined {
    const tracer = this.#tracer;
    if (!tracer.isTracingEnabled()) return undefined;
    const name = `## ${process.env._HANDLER}`;
    const trace = this.#replayAware.begin(name);
    // Not durable: as Powertools does it.
    const parent = currentDurableInvocation() ? undefined : tracer.getSegment();
    const segment = trace?.segment ?? parent?.addNewSubsegment(name);
    if (!segment) return undefined;
    if (parent) tracer.setSegment(segment);
    tracer.annotateColdStart();
    tracer.addServiceNameAnnotation();
    return (outcome) => {
      this.#note(segment, outcome);
      if (!parent) return; // The end of the invocation closes it: what a middleware does after this one is part of it.
      closeAll(segment);
      tracer.setSegment(parent);
    };
  }

  #note(segment: Subsegment, outcome: { response?: unknown; error?: unknown }): void {
    const { captureResponse, captureError, serviceName } = this.#tracer as unknown as Record<string, unknown>;
    if (segment.isClosed()) return;
    if ('error' in outcome) {
      if (captureError === false) segment.addErrorFlag();
      else segment.addError(outcome.error as Error);
    } else if (outcome.response !== undefined && this.#captureResponse && captureResponse !== false) {
      segment.addMetadata(`${process.env._HANDLER} response`, outcome.response, serviceName as string);
    }
  }
}
