/**
 * What Lambda hands to a handler as its second argument. The members are those of `Context` of `@types/aws-lambda`, so that
 * each fits where the other is asked for.
 */
export interface LambdaContext {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  /** Megabytes. */
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  identity?: LambdaIdentity | undefined;
  clientContext?: LambdaClientContext | undefined;
  /** Only on functions with tenant isolation. */
  tenantId?: string | undefined;
  /** Milliseconds until Lambda ends this invocation. */
  getRemainingTimeInMillis(): number;
  /** @deprecated A durable handler resolves or rejects. */
  done(error?: Error, result?: unknown): void;
  /** @deprecated A durable handler rejects. */
  fail(error: Error | string): void;
  /** @deprecated A durable handler resolves. */
  succeed(messageOrObject: unknown): void;
  succeed(message: string, object: unknown): void;
}

/** Who is signed in to the mobile application that called. */
export interface LambdaIdentity {
  cognitoIdentityId: string;
  cognitoIdentityPoolId: string;
}

/** What the mobile application that called says of itself. */
export interface LambdaClientContext {
  client: {
    installationId: string;
    appTitle: string;
    appVersionName: string;
    appVersionCode: string;
    appPackageName: string;
  };
  custom?: unknown;
  env: { platformVersion: string; platform: string; make: string; model: string; locale: string };
}

/** What a durable handler can be called with: a whole {@link LambdaContext}, or what a caller of its own knows of it. */
export type PartialLambdaContext = { readonly [Member in keyof LambdaContext]?: LambdaContext[Member] | undefined };
