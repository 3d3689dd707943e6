/** The second argument of a handler, in the members that Lambda for Node gives it. */
export interface TestLambdaContext {
  awsRequestId: string;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  logGroupName: string;
  logStreamName: string;
  callbackWaitsForEmptyEventLoop: boolean;
  /** The tenant that a chained invoke named; undefined for none. */
  tenantId?: string | undefined;
  /** Milliseconds of virtual time until this invocation is ended, 0 when it should have been. */
  getRemainingTimeInMillis(): number;
}

/** @param functionArn with the version, as the ARN of an execution begins */
export function lambdaContext(
  invocation: { requestId: string; functionArn: string; tenantId?: string | undefined; remaining: () => number },
  overrides: Partial<TestLambdaContext> | undefined,
): TestLambdaContext {
  const [, , , , , , functionName = '', functionVersion = '$LATEST'] = invocation.functionArn.split(':');
  return {
    awsRequestId: invocation.requestId,
    functionName,
    functionVersion,
    invokedFunctionArn: invocation.functionArn,
    memoryLimitInMB: '128',
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `[${functionVersion}]test`,
    callbackWaitsForEmptyEventLoop: true,
    ...(invocation.tenantId !== undefined && { tenantId: invocation.tenantId }),
    getRemainingTimeInMillis: invocation.remaining,
    ...overrides,
  };
}
