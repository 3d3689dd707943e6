import { SDK_VERSION } from './version.ts';

/**
 * How the default client talks to Lambda. Region, endpoint and credentials are the environment's.
 *
 * A failed invocation costs more than a retry: its step bodies run again. So there are more attempts than the AWS SDK's
 * three: throttling is waited out for up to 7.5 seconds in all. And no single attempt is waited for too long: a checkpoint
 * takes milliseconds, its client token makes a second attempt harmless, and an answer may be lost with a connection that
 * a frozen environment has kept. The retry mode stays the standard one: `adaptive` also slows requests down after the
 * throttling is over, and there is never more than one request of an execution at a time.
 */
export function clientConfig(env: Readonly<Record<string, string | undefined>>): object {
  return {
    customUserAgent: [['middy-durable', SDK_VERSION]],
    // Connections are kept alive by default.
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 20_000,
      // For an answer that begins and stops.
      socketTimeout: 20_000,
      throwOnRequestTimeout: true,
    },
    ...(!env.AWS_MAX_ATTEMPTS && { maxAttempts: 5 }),
  };
}
