import { jsonLine, textLine } from './log-line.ts';
import type { DurableLogger, DurableLoggingContext, DurableLogLevel } from './types.ts';

/** Where lines go; each without its line end. */
export interface LogSink {
  stdout(line: string): void;
  stderr(line: string): void;
}

const SEVERITY: Readonly<Record<string, number>> = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4, FATAL: 5 };

// Straight to the streams: Lambda's runtime wraps console's lines in a record of its own.
const processSink: LogSink = {
  stdout: (line) => void process.stdout.write(`${line}\n`),
  stderr: (line) => void process.stderr.write(`${line}\n`),
};

/**
 * The logger of a context that was given none: one JSON line per call with the request, the execution and the operation;
 * `debug` and `info` on stdout, `warn` and `error` on stderr.
 *
 * `AWS_LAMBDA_LOG_LEVEL` (TRACE to FATAL, any case) leaves out what is below; unset, all is logged; anything else counts as
 * INFO. With `AWS_LAMBDA_LOG_FORMAT` set to `Text`, lines are laid out as Lambda's text format. Both are read at the first
 * line, so a logger that is never used costs nothing.
 * @example
 * const lines = [];
 * const sink = { stdout: (line) => lines.push(line), stderr: (line) => lines.push(line) };
 * const context = { getDurableLogData: () => ({ requestId: 'r-1', executionArn: 'arn:example', operationName: 'charge' }) };
 * createDefaultLogger(context, sink).info('charged %d', 12);
 * JSON.parse(lines[0]).message // => 'charged 12'
 * JSON.parse(lines[0]).operationName // => 'charge'
 */
export function createDefaultLogger(context: DurableLoggingContext, sink: LogSink = processSink): DurableLogger {
  let least: number | undefined;
  let line = jsonLine;

  const log = (level: DurableLogLevel, ...params: unknown[]): void => {
    if (least === undefined) {
      const { AWS_LAMBDA_LOG_LEVEL, AWS_LAMBDA_LOG_FORMAT } = process.env;
      least = SEVERITY[(AWS_LAMBDA_LOG_LEVEL || 'DEBUG').toUpperCase()] ?? 2;
      if (AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'TEXT') line = textLine;
    }
    const severity = SEVERITY[level] ?? 2;
    if (severity < least) return;
    // A call without a message, as wrappers make it: log(undefined, error).
    if (params[0] === undefined) params.shift();
    const text = line(level, params, new Date().toISOString(), context.getDurableLogData());
    if (severity < 3) sink.stdout(text);
    else sink.stderr(text);
  };
  return {
    log,
    debug: (...params) => log('DEBUG', ...params),
    info: (...params) => log('INFO', ...params),
    warn: (...params) => log('WARN', ...params),
    error: (...params) => log('ERROR', ...params),
  };
}
