import { isStaleToken } from '@middy-durable/protocol';
import { isDurableExecutionClientError } from './errors/client-error.ts';
import {
  CheckpointUnrecoverableExecutionError,
  CheckpointUnrecoverableInvocationError,
} from './errors/control-errors.ts';

/**
 * What a failed checkpoint or state read ends: `invocation`, which throws and is retried, for what another attempt may not
 * meet; `execution`, which fails, for what every attempt would meet again.
 */
export type FailureReach = 'invocation' | 'execution';

/** A row of the table. It holds for a failure that fits each member that is there. */
export interface FailureRule {
  readonly names?: RegExp;
  /** HTTP status, first and last. */
  readonly status?: readonly [number, number];
  /** The AWS client marks the failure as one to retry. */
  readonly retryable?: true;
  readonly ends: FailureReach;
  /** What to do, for whoever finds the execution failed. */
  readonly advice?: string;
}

/**
 * What a failure ends, by its name and status: the first row that fits. When in doubt only the invocation ends: a retry is
 * cheap and bounded by the execution's timeout, and a failed execution is lost.
 */
export const FAILURE_RULES: readonly FailureRule[] = [
  // The key of the stored data is gone or forbidden. Comes as 502, but no retry brings it back.
  {
    names: /^KMS(AccessDenied|Disabled|InvalidState|NotFound)Exception$/,
    ends: 'execution',
    advice: "Enable the execution's KMS key and let the function's role use it, then start it again.",
  },
  // No answer of the service, which names its errors and speaks JSON: a page of a proxy, a firewall, a captive network.
  { names: /^(SyntaxError|Unknown|UnknownError)$/, ends: 'invocation' },
  // The service is in trouble.
  { status: [500, 599], ends: 'invocation' },
  // Too much at once, of this function or of others in the account. Some services say so with 400.
  {
    names:
      /Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|BandwidthLimit|LimitExceededException$|ProvisionedThroughput/,
    ends: 'invocation',
  },
  { status: [429, 429], ends: 'invocation' },
  // Out of time, on either side, or cut off; 425 is "too early".
  { names: /^(Request)?Timeout(Error|Exception)?$|^AbortError$/, ends: 'invocation' },
  { status: [408, 408], ends: 'invocation' },
  { status: [425, 425], ends: 'invocation' },
  // Credentials that have expired, are missing, or are signed by a clock that is off: the next invocation has fresh ones.
  {
    names:
      /^(ExpiredToken|UnrecognizedClient|InvalidSignature|IncompleteSignature|InvalidClientTokenId|InvalidAccessKeyId|MissingAuthenticationToken|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|SignatureDoesNotMatch|AuthFailure|CredentialsProvider|TokenProvider|ProviderError)/,
    ends: 'invocation',
  },
  // Whatever it is: the service's model says that a retry may help.
  { retryable: true, ends: 'invocation' },
  // A denied permission stays denied, other than credentials that are to blame themselves.
  {
    names: /^(AccessDenied|NotAuthorized|UnauthorizedOperation)/,
    ends: 'execution',
    advice:
      "Allow lambda:CheckpointDurableExecution and lambda:GetDurableExecutionState to the function's role " +
      '(policy AWSLambdaBasicDurableExecutionRolePolicy), then start the execution again.',
  },
  // The function or the execution was deleted.
  { names: /^ResourceNotFound/, ends: 'execution', advice: 'The function or the execution was deleted.' },
  // The same bytes would be sent again.
  {
    names: /^Request(Entity)?TooLarge/,
    ends: 'execution',
    advice: 'Return less from the operation, or store the data elsewhere and return where it is.',
  },
  { status: [413, 413], ends: 'execution', advice: 'Return less from the operation.' },
  // A request that the service understood and will never accept; an old token has been looked at before.
  { names: /^(InvalidParameterValue|Validation|Serialization|InvalidRequestContent)(Exception)?$/, ends: 'execution' },
  // Every other refusal by name: as the official SDK.
  { status: [400, 499], ends: 'execution' },
];

/** An error that wraps others is looked through this deep. */
const DEEPEST_CAUSE = 10;

/** What a failed checkpoint or state read ends. */
export function classifyCheckpointFailure(error: unknown): FailureReach {
  return judge(error).ends;
}

/** The error that ends the invocation or the execution after this failure. */
export function checkpointFailure(
  error: unknown,
): CheckpointUnrecoverableExecutionError | CheckpointUnrecoverableInvocationError {
  const { ends, advice } = judge(error);
  return ends === 'execution'
    ? new CheckpointUnrecoverableExecutionError(error, advice)
    : new CheckpointUnrecoverableInvocationError(error);
}

/** By names and marks, never by class: who threw it may have another copy of the AWS client, or be another process. */
function judge(error: unknown): Pick<FailureRule, 'ends' | 'advice'> {
  let level = error;
  for (let depth = 0; depth <= DEEPEST_CAUSE && level !== undefined && level !== null; depth++) {
    if (isDurableExecutionClientError(level)) return { ends: level.scope === 'EXECUTION' ? 'execution' : 'invocation' };
    if (isStaleToken(level)) return { ends: 'invocation' };
    const rule = ruleFor(level);
    if (rule) return rule;
    level = (level as { cause?: unknown }).cause;
  }
  // No answer at all (the network, a connection that was reset), or an error that is not the service's.
  return { ends: 'invocation' };
}

function ruleFor(error: unknown): FailureRule | undefined {
  const failure = error as {
    name?: unknown;
    $fault?: unknown;
    $metadata?: { httpStatusCode?: unknown };
    $retryable?: unknown;
  };
  const name = String(failure.name);
  // An error of the AWS client that lost its status on the way still says whose fault it is.
  const status = Number(failure.$metadata?.httpStatusCode ?? (failure.$fault === 'client' ? 400 : Number.NaN));
  const retryable = Boolean(failure.$retryable);
  return FAILURE_RULES.find(
    (rule) =>
      (rule.names?.test(name) ?? true) &&
      (rule.status === undefined || (status >= rule.status[0] && status <= rule.status[1])) &&
      (rule.retryable === undefined || retryable),
  );
}
