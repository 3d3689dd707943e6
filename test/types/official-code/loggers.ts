import {
  type DurableContext,
  type DurableContextLogger,
  type DurableLogData,
  type DurableLogger,
  type DurableLoggingContext,
  type StepFunc,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';

/** A logger of one's own, with members beyond what a durable context needs. */
class ServiceLogger implements DurableLogger {
  #context: DurableLoggingContext | undefined;
  log(level: 'INFO' | 'WARN' | 'ERROR' | 'DEBUG', ...params: unknown[]): void {
    console.log(level, this.#data()?.executionArn, ...params);
  }
  info(message: string, fields?: Record<string, unknown>): void {
    this.log('INFO', message, fields);
  }
  warn(...params: unknown[]): void {
    this.log('WARN', ...params);
  }
  error(message: unknown, error?: Error): void {
    this.log('ERROR', message, error);
  }
  debug(...params: any): void {
    this.log('DEBUG', ...params);
  }
  configureDurableLoggingContext(context: DurableLoggingContext): void {
    this.#context = context;
  }
  child(): ServiceLogger {
    return new ServiceLogger();
  }
  #data(): DurableLogData | undefined {
    return this.#context?.getDurableLogData();
  }
}

/** The parameters of Powertools Logger's methods. */
type Extra = [Error | string] | Record<string, unknown>[];
declare class PowertoolsLike {
  info(input: string | Record<string, unknown>, ...extra: Extra): void;
  warn(input: string | Record<string, unknown>, ...extra: Extra): void;
  error(input: string | Record<string, unknown>, ...extra: Extra): void;
  debug(input: string | Record<string, unknown>, ...extra: Extra): void;
  appendKeys(keys: Record<string, unknown>): void;
}

export const custom = withDurableExecution<unknown, string, ServiceLogger>(async (_event, context) => {
  context.configureLogger({ customLogger: new ServiceLogger(), modeAware: false });
  context.logger.info('started', { of: 1 });
  const child = await context.runInChildContext(async (inner) => {
    inner.logger.error('odd', new Error('x'));
    return inner.step(async ({ logger }) => {
      logger.info('in the step', {});
      return 'ok';
    });
  });
  const checked = await context.waitForCondition(
    async (state: number, { logger }) => {
      logger.debug('a', 'b');
      return state;
    },
    { initialState: 0, waitStrategy: () => ({ shouldContinue: false }) },
  );
  await context.waitForCallback(async (_id, { logger }) => logger.info('sent'));
  await context.map([1], async (inner: DurableContext<ServiceLogger>) => inner.logger.info('item'));
  await context.parallel([async (inner) => inner.logger.info('branch')]);
  return child + checked;
});

export const powertools = withDurableExecution(async (_event: unknown, context: DurableContext) => {
  context.configureLogger({ customLogger: new PowertoolsLike() });
  context.configureLogger({ customLogger: console });
  context.configureLogger({ modeAware: false });
  context.logger.info('Running', { with: 'fields' });
  context.logger.log?.('WARN', 'text', 1);
});

export const plain: DurableLogger = { info() {}, warn() {}, error() {}, debug() {} };
export const reduced = (logger: ServiceLogger): DurableContextLogger<ServiceLogger> => logger;
export const logs: StepFunc<void, ServiceLogger> = async ({ logger }) => logger.info('typed');
export function fields(data: DurableLogData): unknown[] {
  const attempt: number | undefined = data.attempt;
  return [
    data.requestId,
    data.executionArn,
    data.tenantId,
    data.operationId,
    data.operationName,
    attempt,
    data.anything,
  ];
}
