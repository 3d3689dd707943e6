import { expect, it } from '@jest/globals';
import { classifyCheckpointFailure } from '../classify-failure.ts';
import { loadLambdaSdk } from './aws-sdk.ts';

it('loads the AWS SDK', async () => {
  const { LambdaClient } = await import('@aws-sdk/client-lambda');
  expect((await loadLambdaSdk()).LambdaClient).toBe(LambdaClient);
});

it('says what to install where it is missing', async () => {
  const missing = Object.assign(new Error("Cannot find package '@aws-sdk/client-lambda'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  const failure: Error = await loadLambdaSdk(() => Promise.reject(missing)).catch((error) => error);
  expect(failure).toMatchObject({ name: 'DurableExecutionClientError', scope: 'INVOCATION', cause: missing });
  expect(failure.message).toContain("@aws-sdk/client-lambda can't be loaded: Cannot find package");
  expect(failure.message).toContain('npm install @aws-sdk/client-lambda');
  expect(classifyCheckpointFailure(failure)).toBe('invocation');
});

it.each([
  'Dynamic require of "node:crypto" is not supported', // esbuild
  'Could not dynamically require "crypto"', // Rollup
  'require is not defined in ES module scope, you can use import instead',
])('says what a bundle lacks in which it can not be loaded: %s', async (message) => {
  const failure: Error = await loadLambdaSdk(() => Promise.reject(new Error(message))).catch((error) => error);
  expect(failure.message).toContain("mainFields ['module', 'main']");
  expect(failure.message).not.toContain('npm install');
  expect(classifyCheckpointFailure(failure)).toBe('invocation');
});

it('refuses a version that knows no durable executions', async () => {
  const old = { LambdaClient: class {} };
  await expect(loadLambdaSdk(async () => old)).rejects.toThrow(/older than durable executions.*3\.1014 or later/);
});
