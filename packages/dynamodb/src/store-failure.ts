import { StoreError } from '@middy-durable/backend';
import { INDEX_NAME } from './layout.ts';
import { StoreBusy } from './store-busy.ts';

/** What errors of the AWS client look like. */
interface ClientError {
  name?: unknown;
  message?: unknown;
  code?: unknown;
  $metadata?: { httpStatusCode?: unknown };
}

const THROTTLED =
  /^(ProvisionedThroughputExceeded|Throttling|ThrottledException|RequestLimitExceeded|LimitExceeded|TooManyRequests|SlowDown|RequestThrottled)/;
const UNREACHABLE =
  /^(TimeoutError|RequestTimeout|AbortError|NetworkingError|ECONNRESET|ECONNREFUSED|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|InternalServerError|ServiceUnavailable|TransactionInProgress)/;
const NO_RIGHTS = /^(AccessDenied|UnauthorizedOperation|NotAuthorized)/;
const NO_CREDENTIALS =
  /^(CredentialsProviderError|UnrecognizedClient|ExpiredToken|InvalidSignature|MissingAuthenticationToken|IncompleteSignature|InvalidClientTokenId)/;

export function isConditionFailed(error: unknown): boolean {
  return (error as ClientError | undefined)?.name === 'ConditionalCheckFailedException';
}

/** The error of a request as its user should see it: which table, which request, what is wrong, what to do. */
export function storeFailure(tableName: string, request: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { name, message, code, $metadata } = (error ?? {}) as ClientError;
  const what = String(name ?? code ?? 'Error');
  const reason = `${what}: ${String(message ?? error)}`;
  const because = { cause: error };
  if (THROTTLED.test(what)) {
    return new StoreBusy(
      `${request} on table ${tableName} was throttled. Slow down; if it lasts, give the table more capacity. (${reason})`,
      because,
    );
  }
  if (isTransient(what, code, $metadata)) {
    return new StoreBusy(`${request} on table ${tableName} got no answer. Try again later. (${reason})`, because);
  }
  return new StoreError(`${explain(tableName, request, what, String(message))} (${reason})`, because);
}

/** The same for the bucket that large bodies go to. */
export function objectFailure(request: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { name, message, code, $metadata } = (error ?? {}) as ClientError;
  const what = String(name ?? code ?? 'Error');
  const reason = `${what}: ${String(message ?? error)}`;
  if (isTransient(what, code, $metadata)) {
    return new StoreBusy(`${request} of a stored body got no answer. Try again later. (${reason})`, { cause: error });
  }
  return new StoreError(
    `${request} of a stored body failed. Check that the bucket exists, that its lifecycle keeps objects as long as runs, and that this role has s3:GetObject and s3:PutObject on it. (${reason})`,
    { cause: error },
  );
}

function isTransient(what: string, code: unknown, metadata: ClientError['$metadata']): boolean {
  const status = Number(metadata?.httpStatusCode);
  return THROTTLED.test(what) || UNREACHABLE.test(what) || UNREACHABLE.test(String(code ?? '')) || status >= 500;
}

function explain(tableName: string, request: string, what: string, message: string): string {
  if (what === 'ResourceNotFoundException') {
    return `There is no table ${tableName} in this region and account. Create it from tableDefinition(), or correct tableName or the client's region.`;
  }
  if (NO_RIGHTS.test(what)) {
    return `${request} on table ${tableName} is not allowed. Give this role dynamodb:PutItem, UpdateItem, DeleteItem, GetItem and Query on the table and its index ${INDEX_NAME}.`;
  }
  if (NO_CREDENTIALS.test(what)) {
    return `${request} on table ${tableName} was not accepted: the credentials are missing, expired or wrong. Renew them.`;
  }
  if (what === 'ValidationException' && /index/i.test(message)) {
    return `Table ${tableName} lacks the index ${INDEX_NAME}, or it has other keys. Create the table from tableDefinition().`;
  }
  if (what === 'ValidationException' && /key|schema/i.test(message)) {
    return `Table ${tableName} has other keys than pk and sk (strings). Create the table from tableDefinition(), or name another one.`;
  }
  return `${request} on table ${tableName} was refused. This may be a bug of the store, report it.`;
}
