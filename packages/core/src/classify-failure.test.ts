import { describe, expect, it } from '@jest/globals';
import { DurableServiceError, InvalidParameterValueException, staleToken } from '@middy-durable/protocol';
import { checkpointFailure, classifyCheckpointFailure } from './classify-failure.ts';
import {
  CheckpointUnrecoverableExecutionError,
  CheckpointUnrecoverableInvocationError,
  DurableExecutionClientError,
} from './errors.ts';

const service = (name: string, status: number, message = 'm') => new DurableServiceError(name, message, status);
const named = (name: string, extra: object = {}) => Object.assign(new Error('m'), { name, ...extra });

describe('classifyCheckpointFailure', () => {
  it.each([
    ['a stale token', staleToken()],
    ['a stale token, as old SDKs spell it', new InvalidParameterValueException('Invalid Checkpoint Token: expired')],
    ['429', service('TooManyRequestsException', 429)],
    ['429 without a name', service('Unknown', 429)],
    ['408', service('RequestTimeoutException', 408)],
    ['throttling as a 400', service('ThrottlingException', 400)],
    ['400 that the AWS client calls retryable', named('Odd', { $metadata: { httpStatusCode: 400 }, $retryable: {} })],
    ['500', service('ServiceException', 500)],
    ['502', service('Unknown', 502)],
    ['503', service('ServiceUnavailable', 503)],
    ['a redirect', service('Moved', 301)],
    ['an expired token', service('ExpiredTokenException', 403)],
    ['an expired token, in short', service('ExpiredToken', 400)],
    ['unknown credentials', service('UnrecognizedClientException', 403)],
    ['a signature from a clock that is off', service('InvalidSignatureException', 403)],
    ['a clock that is off', service('RequestTimeTooSkewed', 403)],
    ['a missing token', service('MissingAuthenticationTokenException', 403)],
    ['no credentials found', named('CredentialsProviderError')],
    ['a network error', named('Error', { code: 'ECONNRESET' })],
    ['a time-out', named('TimeoutError')],
    ['an error of our own', new TypeError('x is undefined')],
    ['a transport error of invocation scope', new DurableExecutionClientError('m')],
    ['text', 'failed'],
    ['nothing', undefined],
    ['null', null],
  ])('%s ends only this invocation', (_what, error) => {
    expect(classifyCheckpointFailure(error)).toBe('invocation');
  });

  it.each([
    ['a bad parameter', new InvalidParameterValueException('Name too long')],
    ['a bad request', service('ValidationException', 400)],
    ['an execution that is gone', service('ResourceNotFoundException', 404)],
    ['a denied permission', service('AccessDeniedException', 403)],
    ['a 4xx without a name', service('Unknown', 403)],
    ['too large a request', service('RequestTooLargeException', 413)],
    ['KMSAccessDeniedException', service('KMSAccessDeniedException', 502)],
    ['KMSDisabledException', service('KMSDisabledException', 502)],
    ['KMSInvalidStateException', service('KMSInvalidStateException', 502)],
    ['KMSNotFoundException', service('KMSNotFoundException', 502)],
    ['a transport error of execution scope', new DurableExecutionClientError('m', { scope: 'EXECUTION' })],
  ])('%s ends the execution', (_what, error) => {
    expect(classifyCheckpointFailure(error)).toBe('execution');
  });

  it("goes by a transport error's scope, whatever else it carries", () => {
    const error = Object.assign(new DurableExecutionClientError('m'), { $metadata: { httpStatusCode: 400 } });
    expect(classifyCheckpointFailure(error)).toBe('invocation');
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
});
