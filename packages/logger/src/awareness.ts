import { Console } from 'node:console';
import { currentDurableInvocation, type ObservedInvocation } from '@middy-durable/core/middleware';
import { addKeys, clearKeys, keysOf, removeKeys } from './execution-keys.ts';
import { withFields } from './line.ts';
import type { ReplayAwareOptions } from './options.ts';
import type { Internals } from './powertools-logger.ts';
import { applySampling, drawSample, inheritSampling, isTakingOver } from './sampling.ts';

type Method = keyof Overrides;
type Overrides = {
  [Name in
    | 'processLogItem'
    | 'createAndPopulateLogItem'
    | 'printLog'
    | 'flushBuffer'
    | 'appendKeys'
    | 'removeKeys'
    | 'resetKeys'
    | 'getCorrelationId'
    | 'createChild'
    | 'refreshSampleRateCalculation']: (
    logger: Internals,
    /** The method as it is without this. */
    next: Internals[Name],
    ...args: Parameters<Internals[Name]>
  ) => ReturnType<Internals[Name]>;
};

interface Aware {
  options: ReplayAwareOptions;
  /** The prototype whose methods do it: a subclass has its own, above those of Logger. */
  by: object;
}

/** Loggers, and their formatters: children share that, also those that were made before. */
const aware = new WeakMap<object, Aware>();
const installed = new WeakSet<object>();
/** Loggers whose line is only held back anew. */
const muted = new WeakSet<object>();
/** Loggers that hold lines back, with the invocations that will clear that. */
const holding = new WeakMap<object, WeakSet<ObservedInvocation>>();

/** Makes a logger, its children and theirs replay-aware. */
export function adopt(logger: Internals, options: ReplayAwareOptions, by: object = ownerOf(logger)): void {
  const known = awareOf(logger);
  if (known) {
    known.options = options;
    return;
  }
  install(by);
  const entry = { options, by };
  aware.set(logger, entry);
  aware.set(logger.getLogFormatter(), entry);
  unwrap(logger);
}

/** The prototype that Logger's methods stand on, whichever subclass the logger is of. */
function ownerOf(logger: object): object {
  let owner = logger;
  while (!Object.hasOwn(owner, 'processLogItem')) owner = Object.getPrototypeOf(owner) as object;
  return owner;
}

/** Puts the overrides over a prototype's methods. They do nothing for loggers that were not adopted. */
export function install(prototype: object): void {
  if (installed.has(prototype)) return;
  installed.add(prototype);
  for (const name of Object.keys(overrides) as Method[]) {
    const next = (prototype as Internals)[name] as (...args: unknown[]) => unknown;
    const override = overrides[name] as (logger: Internals, next: unknown, ...args: unknown[]) => unknown;
    const replacement = function (this: Internals, ...args: unknown[]): unknown {
      if (awareOf(this)?.by !== prototype) return next.apply(this, args);
      return override(this, next.bind(this), ...args);
    };
    Object.defineProperty(prototype, name, { value: replacement, writable: true, configurable: true });
  }
}

function awareOf(logger: Internals): Aware | undefined {
  const known = aware.get(logger);
  if (known) return known;
  // Logger's constructor calls methods before there is a formatter.
  const formatter = logger.getLogFormatter() as object | undefined;
  const family = formatter && aware.get(formatter);
  // Another class may share the formatter.
  if (family && Object.prototype.isPrototypeOf.call(family.by, logger)) {
    aware.set(logger, family);
    unwrap(logger);
    return family;
  }
  return undefined;
}

/** In development mode Powertools prints by the console of the process, whose lines Lambda wraps once more. */
function unwrap(logger: Internals): void {
  if (process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() !== 'JSON' || logger.console !== globalThis.console) return;
  const own = new Console({ stdout: process.stdout, stderr: process.stderr });
  own.trace = own.log;
  logger.console = own;
}

/** What was said last for its family; nothing for a logger that is none of ours. */
export function optionsOf(logger: Internals): ReplayAwareOptions {
  return awareOf(logger)?.options ?? {};
}

const overrides: Overrides = {
  processLogItem(logger, next, level, input, extra) {
    const invocation = currentDurableInvocation();
    if (!invocation) return next(level, input, extra);
    applySampling(logger, invocation);
    const { replay, flushOnSuspend } = optionsOf(logger);
    const holds = logger.shouldBufferLog('any', 0);
    if (holds) clearAtEnd(logger, invocation);
    if (replay === 'annotate' || !invocation.isRepeating) return next(level, input, extra);
    // What is held back for an error is no line yet: each invocation holds it back anew.
    if (holds && !flushOnSuspend) holdBackAnew(logger, () => next(level, input, extra));
  },

  createAndPopulateLogItem(logger, next, level, input, extra) {
    const invocation = currentDurableInvocation();
    if (!invocation) return next(level, input, extra);
    const annotated = optionsOf(logger).replay === 'annotate';
    return next(level, withFields(logger, invocation, input, annotated) as typeof input, extra);
  },

  printLog(logger, next, level, item) {
    if (!muted.has(logger)) next(level, item);
  },

  flushBuffer(logger, next) {
    // An earlier invocation has printed what was held back up to here.
    if (muted.has(logger)) logger.clearBuffer();
    else next();
  },

  appendKeys(logger, next, attributes) {
    const invocation = currentDurableInvocation();
    if (!invocation) return next(attributes);
    const reserved = addKeys(logger, invocation, attributes);
    if (reserved) next(reserved); // That tells of them, and drops them.
  },

  removeKeys(logger, next, keys) {
    const invocation = currentDurableInvocation();
    if (invocation) removeKeys(logger, invocation, keys);
    next(keys);
  },

  resetKeys(logger, next) {
    const invocation = currentDurableInvocation();
    if (invocation) clearKeys(logger, invocation);
    next();
  },

  getCorrelationId(logger, next) {
    const invocation = currentDurableInvocation();
    return (invocation && keysOf(logger, invocation)?.correlation_id) ?? next();
  },

  createChild(logger, next, options) {
    const child = next(options);
    const entry = awareOf(logger);
    if (entry && !aware.has(child)) {
      aware.set(child, entry);
      unwrap(child);
    }
    inheritSampling(child, logger, options);
    const invocation = currentDurableInvocation();
    const keys = invocation && keysOf(logger, invocation);
    if (keys) addKeys(child, invocation, keys);
    return child;
  },

  refreshSampleRateCalculation(logger, next) {
    if (isTakingOver(logger)) return next();
    const invocation = currentDurableInvocation();
    if (invocation) applySampling(logger, invocation, true);
    else if (!drawSample(logger)) next();
  },
};

function holdBackAnew(logger: Internals, line: () => void): void {
  muted.add(logger);
  try {
    line();
  } finally {
    muted.delete(logger);
  }
}

/** Powertools keeps lines for a trace, and the next invocation begins with none. */
function clearAtEnd(logger: Internals, invocation: ObservedInvocation): void {
  const invocations = holding.get(logger) ?? new WeakSet();
  holding.set(logger, invocations);
  if (invocations.has(invocation)) return;
  invocations.add(invocation);
  invocation.onEnd((ending) => {
    const flushes = ending === 'failed' || (ending === 'suspended' && optionsOf(logger).flushOnSuspend);
    if (flushes) logger.flushBuffer();
    else logger.clearBuffer();
  });
}
