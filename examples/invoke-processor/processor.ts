import { problemWith } from './values.ts';

/** The event of the processor. */
export interface ProcessorInput {
  operation: 'sum_and_average';
  values: number[];
}

/** What the processor answers. */
export interface ProcessingResult {
  operation: ProcessorInput['operation'];
  count: number;
  sum: number;
  average: number;
  max: number;
  min: number;
}

/** An ordinary Lambda function: it knows nothing of executions, and anybody may invoke it. */
export async function handler(event: Partial<Record<keyof ProcessorInput, unknown>> | null): Promise<ProcessingResult> {
  const { operation, values } = event ?? {};
  if (operation !== 'sum_and_average') {
    throw new TypeError(`The processor can't do ${JSON.stringify(operation)}: operation must be "sum_and_average"`);
  }
  const problem = problemWith(values);
  if (problem) throw new TypeError(`The processor can't work on this: ${problem}`);
  return sumAndAverage(values as number[]);
}

function sumAndAverage(values: number[]): ProcessingResult {
  const sum = values.reduce((total, value) => total + value, 0);
  // JSON has no infinity: the caller would read it as null.
  if (!Number.isFinite(sum)) throw new RangeError('The sum of the values is too large for a number');
  return {
    operation: 'sum_and_average',
    count: values.length,
    sum,
    average: sum / values.length,
    max: values.reduce((most, value) => Math.max(most, value)),
    min: values.reduce((least, value) => Math.min(least, value)),
  };
}
