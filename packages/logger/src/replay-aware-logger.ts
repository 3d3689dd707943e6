import { Logger } from '@aws-lambda-powertools/logger';
import type { ConstructorOptions } from '@aws-lambda-powertools/logger/types';
import { adopt, install, optionsOf } from './awareness.ts';
import { checkOptions, type ReplayAwareOptions } from './options.ts';
import { checkLogger } from './powertools-logger.ts';

/**
 * A Powertools Logger that prints each line of an execution once: see {@link replayAwareLogger}, which is for loggers that
 * exist. Nothing else of Powertools is changed.
 *
 * @throws TypeError when an option can't be right, or the installed Powertools is of a version without what is needed
 * @example
 * const logger = new ReplayAwareLogger({ serviceName: 'orders' });
 * logger.createChild() instanceof ReplayAwareLogger // => true
 */
export class ReplayAwareLogger extends Logger {
  /** @param replayAware what becomes of lines that an earlier invocation has printed */
  constructor(powertools?: ConstructorOptions, replayAware?: ReplayAwareOptions) {
    checkOptions(replayAware, 'ReplayAwareLogger');
    super(powertools);
    checkLogger(this, 'ReplayAwareLogger');
    adopt(this as never, { ...replayAware }, ReplayAwareLogger.prototype);
  }

  override createChild(powertools?: ConstructorOptions): ReplayAwareLogger {
    return super.createChild(powertools) as ReplayAwareLogger;
  }

  protected override createLogger(powertools?: ConstructorOptions): ReplayAwareLogger {
    return new ReplayAwareLogger(powertools, optionsOf(this as never));
  }
}

install(ReplayAwareLogger.prototype);
