import { asksForAllAgain } from './batch-item-failures.ts';
import type { UserCode } from './engine/run-invocation.ts';

/** The handler reported all that it was given as failed (`batchItemFailures`), so its execution has failed. */
export class RecordReportedFailedError extends Error {
  static override readonly name: string = 'RecordReportedFailedError';
  constructor() {
    super(
      'The handler reported the whole event as failed in batchItemFailures, so this execution has failed and the next ' +
        'delivery goes on from it. The reason is where the handler caught the error.',
    );
    this.name = RecordReportedFailedError.name;
  }
}

/**
 * User code whose report of failure counts: a run that succeeded with it would answer every redelivery with the same report,
 * and the records would never be tried again. The caller gets the report as it is.
 */
export function failingAsReported(userCode: UserCode): UserCode {
  return async (event, context) => {
    const outcome = await userCode(event, context);
    if (outcome.kind !== 'return' || !asksForAllAgain(event, outcome.result)) return outcome;
    return { kind: 'reject', error: new RecordReportedFailedError(), answer: { value: outcome.result } };
  };
}
