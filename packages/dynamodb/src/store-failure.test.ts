import { describe, expect, it } from '@jest/globals';
import { StoreError } from '@middy-durable/backend';
import { StoreBusy } from './store-busy.ts';
import { objectFailure, storeFailure } from './store-failure.ts';

const error = (name: string, message = 'why', more = {}) => Object.assign(new Error(message), { name }, more);

describe('a request that failed', () => {
  it.each([
    error('ProvisionedThroughputExceededException'),
    error('ThrottlingException'),
    error('RequestLimitExceeded'),
    error('InternalServerError'),
    error('TimeoutError'),
    error('Error', 'connect', { code: 'ECONNREFUSED' }),
    error('Error', 'bad gateway', { $metadata: { httpStatusCode: 502 } }),
  ])('with %s may succeed later', (cause) => {
    for (const failure of [storeFailure('runs', 'PutItem', cause), objectFailure('PutObject', cause)]) {
      expect(failure).toBeInstanceOf(StoreBusy);
      expect(failure).toMatchObject({ name: 'StoreBusy', retryable: true, cause });
      expect(failure.message).toContain(cause.message);
    }
  });

  it.each([
    [error('ResourceNotFoundException'), /no table runs .* Create it from tableDefinition/],
    [error('AccessDeniedException'), /PutItem on table runs is not allowed\. Give this role dynamodb:PutItem/],
    [error('UnrecognizedClientException'), /credentials are missing, expired or wrong/],
    [error('ValidationException', 'The table does not have the specified index: gsi1'), /lacks the index gsi1/],
    [error('ValidationException', 'The provided key element does not match the schema'), /other keys than pk and sk/],
    [
      error('ValidationException', 'something else'),
      /bug of the store, report it\. \(ValidationException: something else\)/,
    ],
    ['a text', /bug of the store.*a text/],
    [undefined, /bug of the store/],
  ])('with %s says what to do', (cause, message) => {
    const failure = storeFailure('runs', 'PutItem', cause);
    expect(failure).toMatchObject({ name: 'StoreError', cause });
    expect(failure).not.toBeInstanceOf(StoreBusy);
    expect(failure.message).toMatch(message);
  });

  it('on a bucket names the rights', () => {
    expect(objectFailure('GetObject', error('NoSuchKey')).message).toMatch(
      /GetObject .* s3:GetObject and s3:PutObject.*NoSuchKey/,
    );
  });

  it('with an error of the store keeps it', () => {
    const failure = new StoreError('known');
    expect([storeFailure('runs', 'Query', failure), objectFailure('GetObject', failure)]).toEqual([failure, failure]);
  });
});
