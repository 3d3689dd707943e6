import { Metrics } from '@aws-lambda-powertools/metrics';

/** A document that was published, without what all have. */
export type Published = Record<string, unknown>;

/** Metrics of the real class, and what they published. */
export interface NotedMetrics {
  metrics: Metrics;
  published: Published[];
  /** Of each metric what it adds up to. */
  totals(): Record<string, number>;
}

export function notedMetrics(options: ConstructorParameters<typeof Metrics>[0] = {}): NotedMetrics {
  const metrics = new Metrics({ namespace: 'shop', serviceName: 'orders', ...options });
  const published: Published[] = [];
  const counted: [string, number][] = [];
  const log = (line: string): void => {
    const { _aws, service: _service, ...document } = JSON.parse(line);
    published.push(document);
    for (const { Name } of _aws.CloudWatchMetrics[0].Metrics) {
      for (const value of [document[Name]].flat()) counted.push([Name, value]);
    }
  };
  Object.assign(metrics, { console: { ...console, log } });
  const totals = (): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const [name, value] of counted) sums[name] = (sums[name] ?? 0) + value;
    return sums;
  };
  return { metrics, published, totals };
}
