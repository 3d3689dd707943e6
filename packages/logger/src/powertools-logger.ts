import type { LogItemExtraInput, LogItemMessage } from '@aws-lambda-powertools/logger/types';

/** A Logger of Powertools, whichever copy of it made it. */
export interface PowertoolsLogger {
  debug(input: LogItemMessage, ...extraInput: LogItemExtraInput): void;
  info(input: LogItemMessage, ...extraInput: LogItemExtraInput): void;
  warn(input: LogItemMessage, ...extraInput: LogItemExtraInput): void;
  error(input: LogItemMessage, ...extraInput: LogItemExtraInput): void;
  appendKeys(attributes: Record<string, unknown>): void;
}

/** What of a Logger is used here besides: protected and private methods too, so each is looked for at start-up. */
export interface Internals extends PowertoolsLogger {
  processLogItem(level: number, input: LogItemMessage, extraInput: LogItemExtraInput): void;
  createAndPopulateLogItem(level: number, input: LogItemMessage, extraInput: LogItemExtraInput): unknown;
  printLog(level: number, item: unknown): void;
  shouldBufferLog(traceId: string, level: number): boolean;
  flushBuffer(): void;
  clearBuffer(): void;
  removeKeys(keys: string[]): void;
  resetKeys(): void;
  getCorrelationId(): unknown;
  createChild(options?: { logLevel?: string; sampleRateValue?: number }): Internals;
  refreshSampleRateCalculation(): void;
  setInitialSampleRate(rate: number): void;
  setLogLevel(level: string): void;
  getLevelName(): string;
  getLogFormatter(): object;
  powertoolsLogData: { sampleRateValue?: number };
  console: Console;
}

const PUBLIC = ['debug', 'info', 'warn', 'error', 'appendKeys', 'createChild'] as const;
const HOOKS = [
  'processLogItem',
  'createAndPopulateLogItem',
  'printLog',
  'shouldBufferLog',
  'flushBuffer',
  'clearBuffer',
  'removeKeys',
  'resetKeys',
  'getCorrelationId',
  'refreshSampleRateCalculation',
  'setInitialSampleRate',
  'setLogLevel',
  'getLevelName',
  'getLogFormatter',
] as const satisfies readonly (keyof Internals)[];

/** @throws TypeError when it is no Powertools Logger, or one of a version that can't be used */
export function checkLogger(logger: unknown, method: string, position?: number): asserts logger is Internals {
  const which = position === undefined ? 'the logger' : `logger ${position}`;
  const missing = (names: readonly string[]): string[] =>
    names.filter((name) => typeof (logger as Record<string, unknown> | null | undefined)?.[name] !== 'function');
  if (missing(PUBLIC).length > 0) {
    throw new TypeError(
      `${method}: ${which} is no Logger of @aws-lambda-powertools/logger: it has no method ${missing(PUBLIC).join(', ')}. ` +
        'Pass the instance itself: the result of new Logger().',
    );
  }
  const lacking = missing(HOOKS);
  if (lacking.length > 0 || typeof (logger as Internals).powertoolsLogData !== 'object') {
    throw new TypeError(
      `${method}: ${which} is of a version of @aws-lambda-powertools/logger that can't be used: it has no ` +
        `${lacking[0] ?? 'powertoolsLogData'}. Install 2.35.0 or a later 2.x.`,
    );
  }
}
