import { createHash } from 'node:crypto';
import type { ObservedInvocation } from '@middy-durable/core/middleware';
import type { Internals } from './powertools-logger.ts';

/** How a logger samples. Powertools draws anew for each invocation; an execution is sampled as a whole, or not. */
interface Sampling {
  rate: number;
  /** The level of what is not sampled. */
  level: string;
  /** What the level was last set for. */
  setFor?: ObservedInvocation | undefined;
}

const samplings = new WeakMap<object, Sampling | 'none'>();

/** Sets the level that the execution's lines are to have. */
export function applySampling(logger: Internals, invocation: ObservedInvocation, again = false): void {
  const sampling = samplingOf(logger);
  if (sampling === 'none' || (sampling.setFor === invocation && !again)) return;
  sampling.setFor = invocation;
  setLevel(logger, sampling, shareOf(invocation.executionArn));
}

/** Draws for an invocation that is no execution; false where there is nothing to draw. */
export function drawSample(logger: Internals): boolean {
  const sampling = samplingOf(logger);
  if (sampling === 'none') return false;
  sampling.setFor = undefined;
  setLevel(logger, sampling, Math.random());
  return true;
}

/** A child samples as its parent does, where it was told nothing else. */
export function inheritSampling(
  child: Internals,
  parent: Internals,
  options: { logLevel?: string; sampleRateValue?: number } | undefined,
): void {
  const sampling = samplingOf(parent);
  if (sampling === 'none' || options?.sampleRateValue !== undefined) return;
  const level = options?.logLevel?.toUpperCase() ?? sampling.level;
  child.powertoolsLogData.sampleRateValue = sampling.rate;
  samplings.set(child, { rate: sampling.rate, level });
}

function samplingOf(logger: Internals): Sampling | 'none' {
  let sampling = samplings.get(logger);
  if (!sampling) {
    sampling = takeOver(logger);
    samplings.set(logger, sampling);
  }
  return sampling;
}

/** From here on Powertools itself does not sample. Without a rate, refreshing gives the level that the logger was made with. */
function takeOver(logger: Internals): Sampling | 'none' {
  const { sampleRateValue: rate } = logger.powertoolsLogData;
  if (!rate) return 'none';
  logger.setInitialSampleRate(0);
  taking.add(logger);
  try {
    // The first one after a cold start changes nothing.
    logger.refreshSampleRateCalculation();
    logger.refreshSampleRateCalculation();
  } finally {
    taking.delete(logger);
  }
  logger.powertoolsLogData.sampleRateValue = rate; // A field of every line.
  return { rate, level: logger.getLevelName() };
}

const taking = new WeakSet<object>();

/** Whether Powertools' own way of refreshing is what is wanted right now. */
export function isTakingOver(logger: object): boolean {
  return taking.has(logger);
}

function setLevel(logger: Internals, { rate, level }: Sampling, share: number): void {
  const wanted = share < rate && level !== 'TRACE' ? 'DEBUG' : level;
  if (logger.getLevelName() !== wanted) logger.setLogLevel(wanted);
}

/** Where an execution stands among all, from 0 to 1. */
function shareOf(arn: string): number {
  return createHash('sha256').update(arn).digest().readUInt32BE() / 2 ** 32;
}
