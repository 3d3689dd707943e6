import type { Metrics } from '@aws-lambda-powertools/metrics';

/** What an instance has that its types keep to themselves. */
interface Inner {
  console: { log(line: string): void };
  disabled: boolean;
  isSingleMetric: boolean;
  shouldThrowOnEmptyMetrics: boolean;
}

/** @see Inner */
export function innerOf(metrics: Metrics): Inner {
  return metrics as unknown as Inner;
}

/** The methods that depend on where the code is that calls. */
export const REPLACED = [
  'addDimension',
  'addDimensions',
  'addMetadata',
  'addMetric',
  'captureColdStartMetric',
  'clearDimensions',
  'clearMetadata',
  'clearMetrics',
  'hasStoredMetrics',
  'publishStoredMetrics',
  'serializeMetrics',
  'setTimestamp',
  'singleMetric',
] as const;

export type Replaced = (typeof REPLACED)[number];

/** Those methods as they were. */
export type Originals = Pick<Metrics, Replaced>;

const OWN = ['console', 'disabled', 'isSingleMetric', 'shouldThrowOnEmptyMetrics'];

/** @throws TypeError when it is no Metrics of Powertools, or one of a version that can't be made replay-aware */
export function checkMetrics(metrics: Metrics): void {
  const given = metrics as unknown as Record<string, unknown> | null | undefined;
  const isObject = typeof given === 'object' && given !== null;
  const methods = isObject ? REPLACED.filter((name) => typeof given[name] !== 'function') : REPLACED;
  if (methods.length === REPLACED.length) {
    throw new TypeError(
      `replayAwareMetrics: what was passed is no Metrics of Powertools (${isObject ? 'an object' : String(given)}): pass ` +
        'new Metrics(...) of @aws-lambda-powertools/metrics, or an array of them',
    );
  }
  const missing = [...methods, ...OWN.filter((name) => !(name in (given as object)))];
  if (missing.length > 0) throw unusable(`it has no ${missing.join(', ')}`);
  try {
    const probe = copyOf(metrics, metrics.singleMetric());
    innerOf(probe).disabled = true;
    probe.addMetric('probe', 'Count', 1);
    probe.publishStoredMetrics();
  } catch (error) {
    throw unusable(`a copy of it does not work: ${(error as Error).message}`, error);
  }
}

function unusable(reason: string, cause?: unknown): TypeError {
  return new TypeError(
    `replayAwareMetrics: this version or subclass of Metrics can't be made replay-aware, ${reason}. Use ` +
      '@aws-lambda-powertools/metrics 2.35 or later, and a subclass without private members of its own',
    cause === undefined ? undefined : { cause },
  );
}

/** Makes `blank`, which `singleMetric` made and which has the default dimensions, the same as `metrics` but for what it stores. */
export function copyOf(metrics: Metrics, blank: Metrics): Metrics {
  // What is replaced on `metrics` is not enumerable, so the copy has the methods of the class.
  Object.setPrototypeOf(Object.assign(blank, metrics), Object.getPrototypeOf(metrics));
  return blank;
}
