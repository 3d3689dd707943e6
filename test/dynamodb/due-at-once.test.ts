import { expect, it, jest } from '@jest/globals';
import { runDueExecutions } from '../support/due-executions.ts';
import { openDynamoDB } from '../support/dynamodb-engines.ts';

jest.setTimeout(240_000);

const EXECUTIONS = 2000;

it(`${EXECUTIONS} executions that fall due at once, with two processes that look for them and a table that throttles: each runs once`, async () => {
  const engine = await openDynamoDB('dynalite');
  try {
    const { ended, invocations, throttled, requests } = await runDueExecutions(engine, {
      executions: EXECUTIONS,
      processes: 2,
      throttleEvery: 1000,
    });
    // Both processes find the same runs due, and only one of them claims each.
    expect({ ended, invocations }).toEqual({ ended: EXECUTIONS, invocations: EXECUTIONS });
    expect(throttled).toBeGreaterThan(0);
    expect(requests / EXECUTIONS).toBeLessThan(40);
  } finally {
    await engine.close();
  }
});
