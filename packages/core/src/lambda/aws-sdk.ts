import { messageOf } from '../errors/control-errors.ts';
import { DurableExecutionClientError } from '../errors.ts';

/** What the transport needs of a `LambdaClient`. One of `@aws-sdk/client-lambda` fits as it is. */
export interface LambdaClientLike {
  send(command: never): Promise<unknown>;
}

/** What the transport uses of `@aws-sdk/client-lambda`. Described here, so that our types need no package that is optional. */
export interface LambdaSdk {
  readonly LambdaClient: new (config: object) => LambdaClientLike;
  readonly CheckpointDurableExecutionCommand: new (input: never) => object;
  readonly GetDurableExecutionStateCommand: new (input: never) => object;
  readonly GetDurableExecutionHistoryCommand: new (input: never) => object;
  readonly SendDurableExecutionCallbackSuccessCommand: new (input: never) => object;
  readonly SendDurableExecutionCallbackFailureCommand: new (input: never) => object;
  readonly SendDurableExecutionCallbackHeartbeatCommand: new (input: never) => object;
}

const NEEDED = 'Install it with the function (npm install @aws-sdk/client-lambda, 3.1014 or later)';

/**
 * Loads the AWS SDK. Rejects with an error that ends only the invocation: the deployment lacks something, the execution
 * doesn't, and goes on when that is mended.
 */
export async function loadLambdaSdk(load?: () => Promise<object>): Promise<LambdaSdk> {
  // With a `catch` right at the import esbuild leaves it to the run time where the package is not installed.
  const importing = load ? load().catch(missing) : import('@aws-sdk/client-lambda').catch(missing);
  const sdk = (await importing) as Partial<LambdaSdk>;
  if (sdk.LambdaClient && sdk.CheckpointDurableExecutionCommand && sdk.GetDurableExecutionStateCommand) {
    return sdk as LambdaSdk;
  }
  throw new DurableExecutionClientError(
    `This version of @aws-sdk/client-lambda is older than durable executions. ${NEEDED}.`,
  );
}

/** What CommonJS says in a bundle that is an ES module. */
const NO_REQUIRE = /Dynamic require of|Could not dynamically require|require is not defined/;
const NEEDS_ESM =
  'It is bundled as CommonJS into an ES module: let the bundler take its ES modules (esbuild: mainFields ' +
  "['module', 'main'], and 'module' among its conditions if you set any), or bundle the function as CommonJS";

function missing(cause: unknown): never {
  const message = messageOf(cause);
  throw new DurableExecutionClientError(
    `@aws-sdk/client-lambda can't be loaded: ${message}. It is how a durable Lambda function records its execution. ` +
      `${NO_REQUIRE.test(message) ? NEEDS_ESM : NEEDED}, or name another place that keeps executions: ` +
      'withDurableExecution(handler, { backend }).',
    { cause },
  );
}
