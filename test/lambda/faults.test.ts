import type { LambdaClientConfig } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ApiCall, Fault } from '../support/lambda-api-server.ts';
import { type LambdaHandler, type LambdaRun, startLambdaRun } from '../support/lambda-run.ts';

const runs: LambdaRun[] = [];
afterEach(async () => {
  for (const run of runs.splice(0)) await run.api.close();
});

/** How often the body of the step ran, in all invocations. */
let charged = 0;
const order: LambdaHandler = async (context) => {
  const receipt = await context.step('charge', async () => {
    charged++;
    return 'paid';
  });
  await context.wait({ hours: 1 });
  return receipt;
};

async function runWith(fault: (call: ApiCall) => Fault | undefined, client: LambdaClientConfig): Promise<LambdaRun> {
  charged = 0;
  const run = await startLambdaRun(order, { client });
  runs.push(run);
  run.api.fault = fault;
  return run;
}

/** The fault meets the first `times` requests of one kind. */
function first(times: number, fault: Fault, matches: (call: ApiCall) => boolean = isCheckpoint) {
  let left = times;
  return (call: ApiCall): Fault | undefined => (matches(call) && left-- > 0 ? fault : undefined);
}
const isCheckpoint = ({ operation }: ApiCall) => operation === 'CheckpointDurableExecution';
const clientTokens = (run: LambdaRun): string[] =>
  run.api.callsOf('CheckpointDurableExecution').map(({ body }) => JSON.parse(body.toString()).ClientToken);

const PATIENT: LambdaClientConfig = { maxAttempts: 3 };
const ONE_ATTEMPT: LambdaClientConfig = { maxAttempts: 1 };
/** Waits as long as `delayMs` below at most. */
const IMPATIENT: LambdaClientConfig = {
  maxAttempts: 3,
  requestHandler: { requestTimeout: 150, throwOnRequestTimeout: true },
};

describe('what the next attempt of the same request mends is not noticed', () => {
  it.each<[string, Fault, LambdaClientConfig]>([
    ['throttling', { status: 429, type: 'TooManyRequestsException' }, PATIENT],
    ['a server error', { status: 500, type: 'ServiceException' }, PATIENT],
    ['a gateway that has no answer', { status: 503, page: '<html>busy</html>' }, PATIENT],
    ['a connection that breaks before the request is applied', { drop: 'before' }, PATIENT],
    ['a connection that breaks when it has been applied', { drop: 'after' }, PATIENT],
    ['an answer that comes too late', { delayMs: 400 }, IMPATIENT],
  ])('%s', async (_what, fault, client) => {
    const run = await runWith(first(1, fault), client);
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED', Result: '"paid"' });
    expect(run.thrown).toEqual([]);
    expect(charged).toBe(1);
    const [token, again] = clientTokens(run);
    expect(again).toBe(token);
  });

  it('throttling twice', async () => {
    const run = await runWith(first(2, { status: 429, type: 'TooManyRequestsException' }), PATIENT);
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED' });
    expect(new Set(clientTokens(run).slice(0, 3)).size).toBe(1);
    expect(charged).toBe(1);
  });

  it('a connection that the other side closed while the environment was frozen', async () => {
    const run = await runWith(() => undefined, PATIENT);
    let connections = 0;
    run.api.fault = () => {
      connections++;
      return connections === 2 ? { drop: 'before' } : undefined;
    };
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED' });
    expect(run.thrown).toEqual([]);
  });
});

describe('what may pass ends the invocation, and the next one goes on', () => {
  it.each<[string, Fault]>([
    ['throttling that goes on', { status: 429, type: 'TooManyRequestsException' }],
    ['throttling by its other name', { status: 400, type: 'ThrottlingException' }],
    ['a server error that goes on', { status: 500, type: 'ServiceException' }],
    ['an expired token', { status: 403, type: 'ExpiredTokenException' }],
    ['credentials that the service does not know yet', { status: 403, type: 'UnrecognizedClientException' }],
    ['a clock that is off', { status: 403, type: 'InvalidSignatureException' }],
    ['a page of a firewall', { status: 403, page: '<html>blocked</html>' }],
    ['a refusal without a name', { status: 403, page: '{"message":"Forbidden"}' }],
    ['an old token', { status: 400, type: 'InvalidParameterValueException', message: 'Invalid checkpoint token' }],
    [
      'an old token in the other spelling',
      { status: 400, type: 'InvalidParameterValueException', message: 'Invalid Checkpoint Token: used' },
    ],
    ['a broken connection', { drop: 'before' }],
    ['a page that asks to sign in', { status: 200, page: '<html>sign in</html>' }],
    ['an answer that is cut off', { status: 200, page: '{"CheckpointToken":"dDE=","NewExecu' }],
    ['an answer without a body', { status: 200, page: '' }],
    ['an answer that says nothing', { status: 200, page: '{}' }],
  ])('%s', async (_what, fault) => {
    const run = await runWith(first(1, fault), ONE_ATTEMPT);
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED', Result: '"paid"' });
    expect(run.thrown.map(({ name }) => name)).toEqual(['CheckpointUnrecoverableInvocationError']);
    // Nothing was recorded of the first invocation: at least once.
    expect(charged).toBe(2);
  });

  it('an answer that is lost for good: the step has been recorded and does not run again', async () => {
    const run = await runWith(first(1, { drop: 'after' }), ONE_ATTEMPT);
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED', Result: '"paid"' });
    expect(run.thrown).toHaveLength(1);
    expect(charged).toBe(1);
  });

  it('credentials that cannot be had', async () => {
    let asked = 0;
    const credentials = async () => {
      asked++;
      if (asked === 1)
        throw Object.assign(new Error('Could not load credentials'), { name: 'CredentialsProviderError' });
      return { accessKeyId: 'test', secretAccessKey: 'test' };
    };
    const run = await runWith(() => undefined, { ...ONE_ATTEMPT, credentials });
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED' });
    expect(run.thrown[0]?.message).toContain('Could not load credentials');
  });
});

describe('what no attempt can pass fails the execution, and says what to do', () => {
  it.each<[string, Fault, string]>([
    [
      'a denied permission',
      { status: 403, type: 'AccessDeniedException', message: 'User is not authorized' },
      'User is not authorized (Allow lambda:CheckpointDurableExecution',
    ],
    [
      'a key that is disabled',
      { status: 502, type: 'KMSDisabledException', message: 'Key is disabled' },
      "Key is disabled (Enable the execution's KMS key",
    ],
    [
      'a request that can never be right',
      { status: 400, type: 'ValidationException', message: '1 validation error' },
      '1 validation error',
    ],
    [
      'a request that is too large',
      { status: 413, type: 'RequestTooLargeException', message: 'Too large' },
      'Too large (Return less',
    ],
    ['a deleted execution', { status: 404, type: 'ResourceNotFoundException', message: 'Gone' }, 'Gone (The function'],
  ])('%s', async (_what, fault, message) => {
    const run = await runWith(first(99, fault), ONE_ATTEMPT);
    const { Status, Error: error } = await run.finish();
    expect(Status).toBe('FAILED');
    expect(error?.ErrorType).toBe('CheckpointUnrecoverableExecutionError');
    expect(error?.ErrorMessage).toContain(message);
    expect(run.thrown).toEqual([]);
  });
});

describe('a state page', () => {
  const isStateRead = ({ operation }: ApiCall) => operation === 'GetDurableExecutionState';
  let saved = 0;

  /** Too large for one page. */
  async function runOfPages(fault: (call: ApiCall) => Fault | undefined): Promise<LambdaRun> {
    saved = 0;
    const run = await startLambdaRun(
      async (context) => {
        for (let row = 0; row < 7; row++) {
          await context.step(`row ${row}`, async () => {
            saved++;
            return 'x'.repeat(900_000);
          });
        }
        await context.wait({ hours: 1 });
        return 'read';
      },
      { client: ONE_ATTEMPT },
    );
    runs.push(run);
    run.api.fault = fault;
    return run;
  }

  it.each<[string, Fault]>([
    ['that fails', { status: 500, type: 'ServiceException' }],
    ['that is throttled', { status: 429, type: 'TooManyRequestsException' }],
    ['for which the credentials have expired', { status: 403, type: 'ExpiredTokenException' }],
    [
      'whose token is old',
      { status: 400, type: 'InvalidParameterValueException', message: 'Invalid checkpoint token' },
    ],
    ['that is lost', { drop: 'after' }],
    ['that is a page of a firewall', { status: 403, page: '<html>blocked</html>' }],
    ['that says nothing', { status: 200, page: '{}' }],
  ])('%s ends the invocation, and the next one reads it again', async (_what, fault) => {
    const run = await runOfPages(first(1, fault, isStateRead));
    expect(await run.finish()).toMatchObject({ Status: 'SUCCEEDED', Result: '"read"' });
    expect(run.thrown).toHaveLength(1);
    expect(saved).toBe(7);
  });

  it('that may not be read fails the execution', async () => {
    const denied: Fault = { status: 403, type: 'AccessDeniedException', message: 'User is not authorized' };
    const run = await runOfPages(first(99, denied, isStateRead));
    const { Status, Error: error } = await run.finish();
    expect(Status).toBe('FAILED');
    expect(error?.ErrorMessage).toContain('User is not authorized');
    expect(run.thrown).toEqual([]);
  });
});
