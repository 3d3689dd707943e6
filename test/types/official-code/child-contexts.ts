import {
  type ChildConfig,
  ChildContextError,
  type DurableContext,
  DurableOperationError,
  type InvokeConfig,
  InvokeError,
  OperationSubType,
  type Serdes,
  StepError,
} from '@aws/durable-execution-sdk-js';

interface Batch {
  rows: string[];
}
class ImportFailed extends DurableOperationError {
  readonly errorType = 'ImportFailed';
  constructor(message: string, cause?: Error) {
    super(message, cause);
  }
}
declare const batchSerdes: Serdes<Batch>;

const config: ChildConfig<Batch> = {
  serdes: batchSerdes,
  subType: 'Import',
  summaryGenerator: (batch) => `${batch.rows.length} rows`,
  errorMapper: (error) => new ImportFailed(error.message, error),
  virtualContext: false,
};

export async function children(context: DurableContext): Promise<unknown> {
  const rows: Batch = await context.runInChildContext(
    'import',
    async (child) => {
      const first: string = await child.step('first', async () => 'a');
      await child.wait({ seconds: 1 });
      return { rows: [first] };
    },
    config,
  );
  const anonymous: number = await context.runInChildContext(async (child: DurableContext) =>
    child.step(async () => rows.rows.length),
  );
  const unnamed = await context.runInChildContext(undefined, async () => 'x', { subType: OperationSubType.STEP });
  const wrapped = await context.runInChildContext<Batch>('explicit', async () => ({ rows: [] }), {
    errorMapper: (original) => (original instanceof StepError ? original : new ChildContextError('other', original)),
  });
  return [anonymous, unnamed, wrapped.rows];
}

interface Payment {
  id: string;
}
declare const inSerdes: Serdes<Batch>;
declare const outSerdes: Serdes<Payment>;
const invokeConfig: InvokeConfig<Batch, Payment> = {
  payloadSerdes: inSerdes,
  resultSerdes: outSerdes,
  tenantId: 'tenant-1',
};

export async function invokes(context: DurableContext, batch: Batch): Promise<unknown[]> {
  const paid = await context.invoke<Batch, Payment>('pay', 'payments:live', batch);
  const configured: Payment = await context.invoke('pay', 'payments:live', batch, invokeConfig);
  const anonymous: Payment = await context.invoke('payments:live', batch, invokeConfig);
  const noInput = await context.invoke('payments:live');
  const untypedResult: unknown = await context.invoke('name', 'payments:live', { any: 'thing' });
  const tuple = await context.invoke<[number, string], number>('arn:aws:lambda:eu-west-1:1:function:f:1', [1, 'a']);
  const text = await context.invoke<string, string>('say', 'echo:live', 'hello');
  const plus: number = tuple + text.length;
  return [paid.id, configured.id, anonymous.id, noInput, untypedResult, plus];
}

/** A helper whose input type is not known yet. */
export function call<I, O>(context: DurableContext, functionId: string, input: I): Promise<O> {
  return context.invoke<I, O>(functionId, input);
}

export async function invokeFailure(context: DurableContext): Promise<string> {
  try {
    return await context.invoke<undefined, string>('risky:live');
  } catch (error) {
    if (error instanceof InvokeError) return `${error.errorType}: ${error.message} ${error.stackTrace?.join('\n')}`;
    throw error;
  }
}
