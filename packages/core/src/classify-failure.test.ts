import { describe, expect, it } from '@jest/globals';
import { DurableServiceError, InvalidParameterValueException, staleToken } from '@middy-durable/protocol';
import { checkpointFailure, classifyCheckpointFailure, FAILURE_RULES } from './classify-failure.ts';
import {
  CheckpointUnrecoverableExecutionError,
  CheckpointUnrecoverableInvocationError,
  DurableExecutionClientError,
} from './errors.ts';

const service = (name: string, status: number, message = 'm') => new DurableServiceError(name, message, status);
const named = (name: string, extra: object = {}) => Object.assign(new Error('m'), { name, ...extra });
const wrapped = (cause: unknown, depth = 1): Error =>
  new Error('wrapped', { cause: depth > 1 ? wrapped(cause, depth - 1) : cause });

/** For each row of the table, in its order: what it is there for. */
const ROWS: [what: string, ends: 'invocation' | 'execution', failures: unknown[]][] = [
  [
    'a key that is gone or forbidden',
    'execution',
    ['AccessDenied', 'Disabled', 'InvalidState', 'NotFound'].map((kind) => service(`KMS${kind}Exception`, 502)),
  ],
  [
    'an answer that is not the service',
    'invocation',
    [
      named('SyntaxError', { $metadata: { httpStatusCode: 403 } }),
      service('Unknown', 400),
      service('UnknownError', 404),
    ],
  ],
  [
    'a service in trouble',
    'invocation',
    [service('ServiceException', 500), service('Odd', 502), service('ServiceUnavailable', 503), service('Odd', 599)],
  ],
  [
    'throttling by name',
    'invocation',
    [
      ...['ThrottlingException', 'ThrottledException', 'RequestThrottled', 'TooManyRequestsException', 'SlowDown'],
      ...['RequestLimitExceeded', 'BandwidthLimitExceeded', 'LimitExceededException'],
      ...['ProvisionedThroughputExceededException', 'KMSThrottlingException'],
    ].map((name) => service(name, 400)),
  ],
  ['throttling by status', 'invocation', [service('Odd', 429)]],
  [
    'out of time, by name',
    'invocation',
    [
      ...['TimeoutError', 'AbortError'].map((name) => named(name)),
      ...['RequestTimeout', 'RequestTimeoutException'].map((name) => service(name, 400)),
    ],
  ],
  ['out of time, by status', 'invocation', [service('Odd', 408)]],
  ['too early', 'invocation', [service('Odd', 425)]],
  [
    'credentials',
    'invocation',
    [
      ...['ExpiredToken', 'ExpiredTokenException', 'UnrecognizedClientException', 'InvalidSignatureException'],
      ...['IncompleteSignature', 'IncompleteSignatureException', 'InvalidClientTokenId', 'InvalidAccessKeyId'],
      ...['MissingAuthenticationTokenException', 'RequestExpired', 'RequestInTheFuture', 'RequestTimeTooSkewed'],
      ...['SignatureDoesNotMatch', 'AuthFailure', 'CredentialsProviderError', 'TokenProviderError', 'ProviderError'],
    ].map((name) => service(name, 403)),
  ],
  [
    'what the AWS client calls retryable',
    'invocation',
    [named('Odd', { $metadata: { httpStatusCode: 400 }, $retryable: { throttling: false } })],
  ],
  [
    'a denied permission',
    'execution',
    [
      ...['AccessDeniedException', 'AccessDenied', 'NotAuthorized', 'UnauthorizedOperation'].map((n) =>
        service(n, 403),
      ),
      named('AccessDeniedException'),
    ],
  ],
  ['what is gone', 'execution', [service('ResourceNotFoundException', 404), named('ResourceNotFoundException')]],
  [
    'too large, by name',
    'execution',
    [service('RequestTooLargeException', 413), service('RequestEntityTooLargeException', 413)],
  ],
  ['too large, by status', 'execution', [service('Odd', 413)]],
  [
    'what can never be accepted',
    'execution',
    [
      new InvalidParameterValueException('Name too long'),
      ...['ValidationException', 'SerializationException', 'InvalidRequestContentException'].map((n) =>
        service(n, 400),
      ),
      named('ValidationException'),
    ],
  ],
  [
    'every other refusal',
    'execution',
    [
      service('ResourceConflictException', 409),
      service('Odd', 400),
      service('Odd', 499),
      named('Error', { $metadata: { httpStatusCode: 403 } }),
      named('Odd', { $fault: 'client' }),
    ],
  ],
];

describe('the table of failures', () => {
  it('has a test for each row', () => {
    expect(ROWS).toHaveLength(FAILURE_RULES.length);
  });

  it.each(ROWS.map(([what, ends, failures], row) => [what, ends, failures, row] as const))(
    '%s ends the %s',
    (_what, ends, failures, row) => {
      for (const failure of failures) {
        expect([failure, classifyCheckpointFailure(failure)]).toEqual([failure, ends]);
        expect(classifyCheckpointFailure(wrapped(failure))).toBe(ends);
      }
      // The row itself is what decides: each name of the test is one that it has, or its status.
      const { names, status } = FAILURE_RULES[row] as (typeof FAILURE_RULES)[number];
      for (const failure of failures as { name: string; $metadata?: { httpStatusCode: number } }[]) {
        if (names) expect(failure.name).toMatch(names);
        const code = failure.$metadata?.httpStatusCode;
        if (status && code !== undefined) expect(code >= status[0] && code <= status[1]).toBe(true);
      }
    },
  );
});

describe('classifyCheckpointFailure', () => {
  it.each([
    ['a stale token', staleToken()],
    ['a stale token, as old SDKs spell it', new InvalidParameterValueException('Invalid Checkpoint Token: expired')],
    ['a stale token in an error of the transport', wrapped(staleToken())],
    ['a redirect', service('Moved', 301)],
    ['a network error', named('Error', { code: 'ECONNRESET', $metadata: { attempts: 3 } })],
    ['an error of our own', new TypeError('x is undefined')],
    ['a transport error of invocation scope', new DurableExecutionClientError('m')],
    ['a server fault without status', named('Odd', { $fault: 'server' })],
    ['text', 'failed'],
    ['nothing', undefined],
    ['null', null],
  ])('%s ends only this invocation', (_what, error) => {
    expect(classifyCheckpointFailure(error)).toBe('invocation');
  });

  it.each([
    ['a transport error of execution scope', new DurableExecutionClientError('m', { scope: 'EXECUTION' })],
    ['one that is wrapped', wrapped(new DurableExecutionClientError('m', { scope: 'EXECUTION' }))],
    ['a refusal under many wrappers', wrapped(service('ValidationException', 400), 10)],
  ])('%s ends the execution', (_what, error) => {
    expect(classifyCheckpointFailure(error)).toBe('execution');
  });

  it("goes by a transport error's scope, whatever else it carries", () => {
    const error = Object.assign(new DurableExecutionClientError('m'), { $metadata: { httpStatusCode: 400 } });
    expect(classifyCheckpointFailure(error)).toBe('invocation');
  });

  it('goes by the outermost error that says something', () => {
    const refusal = service('ValidationException', 400);
    expect(classifyCheckpointFailure(Object.assign(service('ServiceException', 500), { cause: refusal }))).toBe(
      'invocation',
    );
  });

  it('ends looking where causes go round in a circle, or never end', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    expect(classifyCheckpointFailure(circle)).toBe('invocation');
    expect(classifyCheckpointFailure(wrapped(service('ValidationException', 400), 11))).toBe('invocation');
  });
});

describe('checkpointFailure', () => {
  it('is the error that ends what the failure ends', () => {
    const fatal = service('ValidationException', 400, 'bad id');
    expect(checkpointFailure(fatal)).toBeInstanceOf(CheckpointUnrecoverableExecutionError);
    expect(checkpointFailure(fatal)).toMatchObject({
      message: '[Unrecoverable Execution] Checkpoint failed: bad id',
      cause: fatal,
    });
    expect(checkpointFailure(service('ServiceException', 500))).toBeInstanceOf(CheckpointUnrecoverableInvocationError);
  });

  it('says what to do', () => {
    expect(checkpointFailure(service('ResourceNotFoundException', 404, 'gone')).message).toBe(
      '[Unrecoverable Execution] Checkpoint failed: gone (The function or the execution was deleted.)',
    );
  });
});
