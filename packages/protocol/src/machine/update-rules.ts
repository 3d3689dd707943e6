import { FUNCTION_NAME_PATTERN, TENANT_ID_PATTERN } from '../limits.ts';
import type { OperationUpdate } from '../wire.ts';
import type { DecideContext } from './decide.ts';
import { isPresent } from './present.ts';

/** A condition on the arguments of an update: it answers why the update is refused, or undefined. */
export type UpdateRule = (update: OperationUpdate, context: DecideContext) => string | undefined;

export const noDelay: UpdateRule = ({ StepOptions }) =>
  isPresent(StepOptions?.NextAttemptDelaySeconds) ? 'Invalid StepOptions for the given action.' : undefined;
export const delay: UpdateRule = ({ StepOptions }) =>
  isPresent(StepOptions?.NextAttemptDelaySeconds) ? undefined : 'Invalid StepOptions for the given action.';
export const noPayload: UpdateRule = ({ Payload }) =>
  isPresent(Payload) ? 'Cannot provide a Payload for FAIL action.' : undefined;
export const noError: UpdateRule = ({ Error: error }) =>
  isPresent(error) ? 'Cannot provide an Error for SUCCEED action.' : undefined;
export const payloadOrError: UpdateRule = ({ Payload, Error: error }) =>
  isPresent(Payload) && isPresent(error) ? 'Cannot provide both error and payload to RETRY a STEP.' : undefined;
export const waitSeconds: UpdateRule = ({ WaitOptions }) =>
  isPresent(WaitOptions?.WaitSeconds) ? undefined : 'Update for WAIT operation requires WaitOptions.';
export const chainedInvokeOptions: UpdateRule = ({ ChainedInvokeOptions }) =>
  isPresent(ChainedInvokeOptions) ? undefined : 'Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.';
export const tenant: UpdateRule = ({ ChainedInvokeOptions }) =>
  isPresent(ChainedInvokeOptions?.TenantId) && !TENANT_ID_PATTERN.test(ChainedInvokeOptions.TenantId)
    ? 'TenantId must be 1 to 256 characters matching [a-zA-Z0-9._:/=+-@ ].'
    : undefined;
export const target: UpdateRule = ({ ChainedInvokeOptions }, { home }) => {
  const functionName = ChainedInvokeOptions?.FunctionName ?? '';
  const parts = FUNCTION_NAME_PATTERN.exec(functionName);
  if (parts === null) return `Invalid function ARN '${functionName}'`;
  // Groups 3 and 9 of the pattern: region and account, each with its colon.
  const [region, account] = [parts[3]?.slice(0, -1), parts[9]?.slice(0, -1)];
  if (home && account && account !== home.account) {
    return 'Cannot start a CHAINED_INVOKE on a function in another account.';
  }
  if (home && region && region !== home.region) return 'Cannot start a CHAINED_INVOKE on a function in another region.';
  return undefined;
};
