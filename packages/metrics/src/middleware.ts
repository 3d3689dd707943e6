import type { Metrics } from '@aws-lambda-powertools/metrics';
import type { ExtraOptions } from '@aws-lambda-powertools/metrics/types';
import type { LambdaContext } from '@middy-durable/core';
import { checkOptions, type DurableRequest } from '@middy-durable/core/middleware';
import { makeReplayAware } from './replay-aware-metrics.ts';

/** Options of {@link replayAwareMetrics}: those of Powertools' `logMetrics`. They are for its use as a middleware. */
export interface ReplayAwareMetricsOptions extends ExtraOptions {}

/** A request of middy's, durable or not. */
export interface MetricsRequest extends Omit<DurableRequest, 'context'> {
  context: LambdaContext;
}

/** Publishes as `logMetrics` does. */
export interface ReplayAwareMetricsMiddleware {
  before: (request: MetricsRequest) => void;
  after: (request: MetricsRequest) => void;
  onError: (request: MetricsRequest) => void;
}

/** Where middlewares that end a request early look for what is to be done then. */
const CLEAN_UP_KEY = 'powertools-for-aws.metrics';
const OPTIONS = {
  throwOnEmptyMetrics: 'boolean',
  defaultDimensions: 'object',
  captureColdStartMetric: 'boolean',
} as const;

/**
 * Makes Powertools Metrics, as a module has them, count each metric once per execution, however often its code is replayed.
 * Called once, for all executions; what is called outside of executions is as before.
 *
 * A metric counts when what makes its code run no more is on record: one that is added in a step with the outcome of that
 * attempt, elsewhere with the next operation of its context. It is published at that moment, and the rest when the execution
 * ends; nothing stays for another execution. What is published before the process dies is not published again. A process that
 * dies with a checkpoint under way may lose the metrics that this checkpoint makes count; one that dies after the handler has
 * ended, before that is on record, counts those after the last operation again.
 *
 * Dimensions, metadata and timestamp hold for their invocation, until `publishStoredMetrics`: set them before the metrics.
 * `singleMetric` is replay-aware too; `captureColdStartMetric` counts each invocation's cold start.
 *
 * @returns a middleware that does what `logMetrics` does, for `use`; a plain handler needs none
 * @throws TypeError when it is no Metrics of Powertools, one that can't be made replay-aware, or an option can't be right
 * @example
 * const metrics = new Metrics({ namespace: 'shop', serviceName: 'orders' });
 * const handler = middy({ executionMode: durableExecution() }).use(replayAwareMetrics(metrics));
 */
export function replayAwareMetrics(
  target: Metrics | Metrics[],
  options: ReplayAwareMetricsOptions = {},
): ReplayAwareMetricsMiddleware {
  checkOptions(options, OPTIONS, 'replayAwareMetrics');
  const all = Array.isArray(target) ? target : [target];
  if (all.length === 0) throw new TypeError('replayAwareMetrics: the array is empty; pass at least one Metrics');
  for (const metrics of all) makeReplayAware(metrics);
  const { throwOnEmptyMetrics, defaultDimensions, captureColdStartMetric } = options;
  const publish = (): void => {
    for (const metrics of all) metrics.publishStoredMetrics();
  };
  return {
    before: function replayAwareMetricsBefore({ context, internal }) {
      for (const metrics of all) {
        if (throwOnEmptyMetrics) metrics.setThrowOnEmptyMetrics(true);
        if (defaultDimensions !== undefined) metrics.setDefaultDimensions(defaultDimensions);
        if (captureColdStartMetric) metrics.captureColdStartMetric(context.functionName);
      }
      internal[CLEAN_UP_KEY] = publish;
    },
    after: function replayAwareMetricsAfter() {
      publish();
    },
    onError: function replayAwareMetricsOnError() {
      publish();
    },
  };
}
