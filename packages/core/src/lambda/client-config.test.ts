import { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { clientConfig } from './client-config.ts';

describe('clientConfig', () => {
  it('is one that the AWS client takes: attempts, retry mode', async () => {
    const { config } = new LambdaClient({ region: 'eu-west-1', ...clientConfig({}) });
    expect(await config.maxAttempts()).toBe(5);
    expect(await config.retryMode).toBeInstanceOf(Function);
    expect(await (config.retryMode as () => Promise<string>)()).toBe('standard');
  });

  it('leaves the number of attempts to who has set it in the environment', () => {
    expect(clientConfig({ AWS_MAX_ATTEMPTS: '2' })).not.toHaveProperty('maxAttempts');
  });

  it('turns a time-out into an error, and waits for no attempt longer than for an invocation of Lambda', () => {
    const { requestHandler } = clientConfig({}) as { requestHandler: Record<string, unknown> };
    expect(requestHandler).toMatchObject({ requestTimeout: 20_000, throwOnRequestTimeout: true });
  });
});
