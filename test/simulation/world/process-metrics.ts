import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { replayAwareMetrics } from '@middy-durable/metrics';
import type { Simulation } from './simulation.ts';

const metricsOf = new WeakMap<object, Metrics>();

/** The metrics of a process: one instance for all executions in it, as modules have it. */
function processMetrics(process: object, simulation: Simulation): Metrics {
  let metrics = metricsOf.get(process);
  if (!metrics) {
    metrics = new Metrics({ namespace: 'simulation', serviceName: 'programs' });
    Object.assign(metrics, { console: { log: (line: string) => note(simulation, JSON.parse(line)) } });
    replayAwareMetrics(metrics);
    metricsOf.set(process, metrics);
  }
  return metrics;
}

/** One document: the values of a metric tell which invocations have added it. */
function note(simulation: Simulation, document: Record<string, unknown> & { _aws: unknown }): void {
  const { CloudWatchMetrics } = document._aws as { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
  const execution = String(document.execution);
  for (const { Name } of CloudWatchMetrics[0]?.Metrics ?? []) {
    const [of, path = ''] = Name.split('|');
    if (of !== execution) simulation.world.violate('no metric of others', `${Name} has the dimensions of ${execution}`);
    for (const value of [document[Name]].flat()) simulation.factsOf(execution).counts.published(path, Number(value));
  }
}

/** For an invocation: adds a metric of that path. `certain`: something has to count it. */
export function counterOf(
  process: object,
  simulation: Simulation,
  execution: string,
  invocation: number,
): (path: string, certain: boolean) => void {
  const metrics = processMetrics(process, simulation);
  metrics.addDimension('execution', execution);
  return (path, certain) => {
    simulation.factsOf(execution).counts.added(path, invocation, certain);
    metrics.addMetric(`${execution}|${path}`, MetricUnit.Count, invocation);
  };
}
