import type { Engine, Home } from '../engine.ts';
import { functionParts, homeInArn, isVersion, resolveFunction } from '../function-name.ts';

/** What an invocation knows about itself from its Lambda context. */
export interface LambdaInvocation {
  functionName: string;
  /** The version that runs, never an alias. */
  qualifier: string;
  home: Home;
  /** Lambda's own retries of an event keep it. undefined where there is none. */
  requestId: string | undefined;
  /** How long the invocation may still take, in milliseconds; undefined where nothing says so. */
  remainingMs: number | undefined;
}

/** The function of an invocation whose context says nothing: a handler that a test calls. */
const UNNAMED = 'function';

/**
 * Reads a Lambda context, or as much of one as there is. The function's name comes from `functionName`, else
 * `invokedFunctionArn`, else the environment (`AWS_LAMBDA_FUNCTION_NAME`), else it is `function`.
 *
 * Throws InvalidParameterValueException for a name that no execution can have.
 */
export function lambdaInvocation(engine: Engine, lambdaContext: unknown): LambdaInvocation {
  const context = (typeof lambdaContext === 'object' && lambdaContext !== null ? lambdaContext : {}) as Record<
    string,
    unknown
  >;
  const arn = text(context.invokedFunctionArn);
  const invoked = arn === undefined ? undefined : functionParts(arn);
  const name = text(context.functionName) ?? (invoked?.name || undefined) ?? text(process.env.AWS_LAMBDA_FUNCTION_NAME);
  const home = engine.homeOf(arn === undefined ? {} : homeInArn(arn));
  const { functionName } = resolveFunction(home, functionParts(name ?? UNNAMED).name);
  const qualifier = [text(context.functionVersion), invoked?.qualifier].find(
    (version) => version !== undefined && isVersion(version),
  );
  return {
    functionName,
    qualifier: qualifier ?? home.qualifier,
    home,
    requestId: text(context.awsRequestId),
    remainingMs: remaining(context),
  };
}

function remaining(context: Record<string, unknown>): number | undefined {
  if (typeof context.getRemainingTimeInMillis !== 'function') return undefined;
  const ms: unknown = context.getRemainingTimeInMillis();
  return typeof ms === 'number' && Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
