import { type DurableContext, withDurableExecution } from '@middy-durable/core';
import type { ProcessingResult, ProcessorInput } from './processor.ts';
import { problemWith } from './values.ts';

export interface Answer {
  statusCode: number;
  /** JSON. */
  body: string;
}

/** Checks its input, has an ordinary function work on it, and answers with what that found. */
export const handler = withDurableExecution(
  async (event: { values?: unknown } | null, context: DurableContext): Promise<Answer> => {
    const { PROCESSOR_FUNCTION: processor } = process.env;
    if (!processor) throw new Error("PROCESSOR_FUNCTION is not set: it must name the processor, or its alias's ARN");

    const input = await context.step('validate-input', async ({ logger }) => {
      const problem = problemWith(event?.values);
      logger.info(problem ?? 'the values are right');
      return problem === undefined ? { values: event?.values as number[] } : { problem };
    });
    if (input.problem !== undefined) return answer(400, { message: 'Invalid input', error: input.problem });

    const { values } = input;
    const result = await context.invoke<ProcessorInput, ProcessingResult>('process-values', processor, {
      operation: 'sum_and_average',
      values,
    });
    return answer(200, {
      message: 'Durable orchestration completed successfully',
      input_values: values,
      processing_result: result,
    });
  },
);

function answer(statusCode: number, body: object): Answer {
  return { statusCode, body: JSON.stringify(body) };
}
