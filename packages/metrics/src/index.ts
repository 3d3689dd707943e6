/**
 * Powertools Metrics in durable executions: each metric once, whatever is replayed.
 * @module
 */
export {
  type MetricsRequest,
  type ReplayAwareMetricsMiddleware,
  type ReplayAwareMetricsOptions,
  replayAwareMetrics,
} from './middleware.ts';
