import type { Metrics } from '@aws-lambda-powertools/metrics';
import { currentDurableInvocation, type ObservedInvocation } from '@middy-durable/core/middleware';
import { ExecutionMetrics } from './execution-metrics.ts';
import { checkMetrics, innerOf, type Originals, REPLACED } from './instance.ts';

/** Marks an instance, whichever copy of this package made it replay-aware. */
const BRAND = Symbol.for('@middy-durable/metrics/replay-aware');

/** Replaces the methods of an instance by such as know where in an execution they are called. Once for each instance. */
export function makeReplayAware(metrics: Metrics): void {
  if (Object.hasOwn((metrics as object | null | undefined) ?? {}, BRAND)) return;
  checkMetrics(metrics);
  const originals = Object.fromEntries(REPLACED.map((name) => [name, metrics[name].bind(metrics)])) as Originals;
  const define = (name: string | symbol, value: unknown): void => {
    // Not enumerable: copies of the instance have the methods of its class.
    Object.defineProperty(metrics, name, { value, configurable: true, writable: true });
  };
  for (const [name, method] of Object.entries(replacements(metrics, originals))) define(name, method);
  define(BRAND, true);
}

function replacements(metrics: Metrics, originals: Originals): Partial<Originals> {
  const inner = innerOf(metrics);
  const executions = new WeakMap<ObservedInvocation, ExecutionMetrics>();
  /** Checks as `addMetric` does, and stores nothing. */
  const validator = originals.singleMetric();
  innerOf(validator).disabled = true;
  let atColdStart = false;

  function execution(): ExecutionMetrics | undefined {
    const invocation = currentDurableInvocation();
    if (!invocation) return undefined;
    let execution = executions.get(invocation);
    if (!execution) {
      execution = new ExecutionMetrics(invocation, metrics, originals.singleMetric);
      executions.set(invocation, execution);
    }
    return execution;
  }

  const describing =
    (method: 'addDimension' | 'addDimensions' | 'addMetadata') =>
    (...args: unknown[]): Metrics => {
      const group = execution()?.group;
      if (group) group.describe(method, args);
      else (originals[method] as (...args: unknown[]) => unknown)(...args);
      return metrics;
    };

  return {
    addDimension: describing('addDimension') as never,
    addDimensions: describing('addDimensions') as never,
    addMetadata: describing('addMetadata') as never,
    addMetric: ((...metric) => {
      const current = execution();
      if (!current) originals.addMetric(...metric);
      else {
        // Also on replay: code that caught an error takes the same path again.
        validator.addMetric(...metric);
        current.add(metric);
      }
      return metrics;
    }) as Originals['addMetric'],
    captureColdStartMetric(functionName) {
      atColdStart = true;
      try {
        originals.captureColdStartMetric(functionName);
      } finally {
        atColdStart = false;
      }
    },
    clearDimensions: () => (execution()?.group ?? originals).clearDimensions(),
    clearMetadata: () => (execution()?.group ?? originals).clearMetadata(),
    clearMetrics: () => (execution()?.group ?? originals).clearMetrics(),
    hasStoredMetrics() {
      const group = execution()?.group;
      return group ? group.added > 0 : originals.hasStoredMetrics();
    },
    publishStoredMetrics: (() => {
      const current = execution();
      if (current) current.close(inner.shouldThrowOnEmptyMetrics);
      else originals.publishStoredMetrics();
      return metrics;
    }) as Originals['publishStoredMetrics'],
    serializeMetrics: () => execution()?.group.serialize() ?? originals.serializeMetrics(),
    setTimestamp: ((timestamp) => {
      (execution()?.group ?? originals).setTimestamp(timestamp);
      return metrics;
    }) as Originals['setTimestamp'],
    singleMetric() {
      const single = originals.singleMetric();
      innerOf(single).console = {
        log(line) {
          const print = (): void => inner.console.log(line);
          // The cold start is the process's, whatever it replays.
          const current = atColdStart ? undefined : execution();
          if (current) current.addLine(print);
          else print();
        },
      };
      return single;
    },
  };
}
