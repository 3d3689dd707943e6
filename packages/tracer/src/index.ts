/**
 * Powertools Tracer in durable executions: a subsegment for each invocation and attempt, none for what is replayed.
 * @module
 */
export {
  type ReplayAwareTracerMiddleware,
  type ReplayAwareTracerOptions,
  replayAwareTracer,
  type TracerRequest,
  tracedHandler,
} from './middleware.ts';
