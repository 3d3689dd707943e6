import { format } from 'node:util';
import type { LogItemExtraInput, LogItemMessage } from '@aws-lambda-powertools/logger/types';
import type { DurableLogger } from '@middy-durable/core';
import type { PowertoolsLogger } from './powertools-logger.ts';

/**
 * A Powertools Logger as the logger of a context. That is called as a console is, with any number of any values; Powertools
 * would drop most of them.
 */
export function contextLogger(logger: PowertoolsLogger): DurableLogger {
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (...params: unknown[]): void => {
      const [message, ...extra] = powertoolsArguments(params);
      logger[level](message, ...(extra as [string]));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

function powertoolsArguments(params: unknown[]): [LogItemMessage, ...LogItemExtraInput] {
  // A call without a message, as wrappers make it: log(undefined, error).
  const given = params[0] === undefined ? params.slice(1) : params;
  const [first, ...rest] = given;
  const isMessage = isObject(first) && 'message' in first && !(first instanceof Error);
  if ((typeof first === 'string' || isMessage) && rest.every(isExtra)) return given as never;
  const error = given.find((param) => param instanceof Error);
  if (given.length === 1 && error) return [error.message, error];
  if (given.length === 1 && isObject(first)) return [{ message: '', ...first }] as never;
  return error ? [format(...given), error] : ([format(...given)] as never);
}

/** One of an error or keys is what Powertools takes; of several it shows the last. */
function isExtra(param: unknown, _index: number, all: unknown[]): boolean {
  return param instanceof Error ? all.length === 1 : isObject(param) && !Array.isArray(param);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
