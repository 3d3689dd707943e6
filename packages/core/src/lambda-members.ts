import type { LambdaContext, PartialLambdaContext } from './lambda-context.ts';

/** Members of the Lambda context that say something; the functions stand apart. */
const FIELDS = [
  'functionName',
  'functionVersion',
  'invokedFunctionArn',
  'memoryLimitInMB',
  'awsRequestId',
  'logGroupName',
  'logStreamName',
  'identity',
  'clientContext',
  'tenantId',
] as const satisfies readonly (keyof LambdaContext)[];

const FUNCTIONS = ['done', 'fail', 'succeed'] as const satisfies readonly (keyof LambdaContext)[];

type HasLambdaContext = { readonly lambdaContext: PartialLambdaContext };
type Members = Record<string, PropertyDescriptor & ThisType<HasLambdaContext>>;

/** Properties that read from, and write to, the Lambda context of the object that they stand on. */
const MEMBERS: Members = {
  callbackWaitsForEmptyEventLoop: {
    get() {
      return this.lambdaContext?.callbackWaitsForEmptyEventLoop;
    },
    // Lambda reads its own object when the handler is done.
    set(value: boolean) {
      const { lambdaContext } = this;
      if (lambdaContext) (lambdaContext as Partial<LambdaContext>).callbackWaitsForEmptyEventLoop = value;
    },
  },
};
for (const field of FIELDS) {
  MEMBERS[field] = {
    get() {
      return this.lambdaContext?.[field];
    },
    set(value: unknown) {
      Object.defineProperty(this, field, { value, writable: true, enumerable: true, configurable: true });
    },
  };
}
for (const name of FUNCTIONS) {
  MEMBERS[name] = {
    get() {
      const { lambdaContext } = this;
      return lambdaContext?.[name]?.bind(lambdaContext as never);
    },
  };
}

/** A durable context as the ordinary Lambda context that it also is: its members are read from `lambdaContext`. */
export abstract class LambdaMembers implements Omit<LambdaContext, 'getRemainingTimeInMillis'> {
  abstract readonly lambdaContext: LambdaContext;
  declare callbackWaitsForEmptyEventLoop: boolean;
  declare functionName: string;
  declare functionVersion: string;
  declare invokedFunctionArn: string;
  declare memoryLimitInMB: string;
  declare awsRequestId: string;
  declare logGroupName: string;
  declare logStreamName: string;
  declare identity?: LambdaContext['identity'];
  declare clientContext?: LambdaContext['clientContext'];
  declare tenantId?: LambdaContext['tenantId'];
  declare done: LambdaContext['done'];
  declare fail: LambdaContext['fail'];
  declare succeed: LambdaContext['succeed'];

  static {
    for (const name in MEMBERS) {
      Object.defineProperty(LambdaMembers.prototype, name, { ...MEMBERS[name], configurable: true });
    }
  }
}

/** Makes the fields own ones, so that code that copies, lists or prints a Lambda context finds them. */
export function ownLambdaFields(target: HasLambdaContext): void {
  for (const name of ['callbackWaitsForEmptyEventLoop', ...FIELDS]) {
    if (target.lambdaContext?.[name as keyof LambdaContext] === undefined) continue;
    Object.defineProperty(target, name, { ...MEMBERS[name], enumerable: true, configurable: true });
  }
}
