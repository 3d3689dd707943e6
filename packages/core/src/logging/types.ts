/** A level of a log line. */
export type DurableLogLevel = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/**
 * A logger that a durable context can write to: `console`, pino, Powertools Logger, or your own. Only the four level
 * methods are needed.
 */
export interface DurableLogger {
  log?(level: DurableLogLevel, ...params: unknown[]): void;
  error(...params: unknown[]): void;
  warn(...params: unknown[]): void;
  info(...params: unknown[]): void;
  debug(...params: unknown[]): void;
  /** Called with the way to the current operation's fields, before the logger is used and for every new context. */
  configureDurableLoggingContext?(context: DurableLoggingContext): void;
}

/** Gives a logger the fields of what runs at the moment of the call. */
export interface DurableLoggingContext {
  getDurableLogData: () => DurableLogData;
}

/** What a log line of a durable execution should carry. */
export interface DurableLogData {
  requestId: string;
  executionArn: string;
  tenantId?: string | undefined;
  /** Id of the operation on the wire; absent in the handler itself. */
  operationId?: string | undefined;
  operationName?: string | undefined;
  /** Attempt of the running step, from 1; absent outside a step. */
  attempt?: number | undefined;
  [field: string]: unknown;
}

/** What of a logger is reachable through `context.logger`. */
export type DurableContextLogger<Logger extends DurableLogger = DurableLogger> = Pick<
  Logger,
  'log' | 'warn' | 'info' | 'error' | 'debug'
>;

/** What `context.configureLogger` takes; a field that is left out stays as it is. */
export interface LoggerConfig<Logger extends DurableLogger = DurableLogger> {
  /** Default: JSON lines on stdout and stderr. */
  customLogger?: Logger | undefined;
  /** Whether lines are left out while the context replays what it already did. Default true. */
  modeAware?: boolean | undefined;
}
