import { createDefaultLogger } from '../logging/default-logger.ts';
import { logData } from '../logging/log-data.ts';
import { modeAwareLogger } from '../logging/mode-aware-logger.ts';
import type { DurableContextLogger, DurableLogger, LoggerConfig } from '../logging/types.ts';
import { type AnySerdes, type AnySerdesDeserializer, defaultSerdes, type SerdesConfig } from '../serdes.ts';
import type { Context } from './context.ts';
import { scopes } from './frame.ts';
import type { Invocation } from './invocation.ts';

/** What a context was told about logging and serialization. Children begin with what their parent has at that moment. */
export class ContextSettings {
  #customLogger: DurableLogger | undefined;
  #modeAware = true;
  serdes: AnySerdes = defaultSerdes;
  callbackDeserializer: AnySerdesDeserializer | undefined;

  inherited(): ContextSettings {
    const settings = new ContextSettings();
    settings.#customLogger = this.#customLogger;
    settings.#modeAware = this.#modeAware;
    settings.serdes = this.serdes;
    settings.callbackDeserializer = this.callbackDeserializer;
    return settings;
  }

  configureLogger(config: LoggerConfig, invocation: Invocation): void {
    if (config.customLogger !== undefined) this.#customLogger = config.customLogger;
    if (config.modeAware !== undefined) this.#modeAware = config.modeAware;
    this.announce(invocation);
  }

  configureSerdes(config: SerdesConfig): void {
    if (config.defaultSerdes !== undefined) this.serdes = config.defaultSerdes;
    if (config.defaultCallbackDeserializer !== undefined) {
      this.callbackDeserializer = config.defaultCallbackDeserializer;
    }
  }

  /** Tells a custom logger how to find the fields of the current operation. */
  announce(invocation: Invocation): void {
    this.#customLogger?.configureDurableLoggingContext?.({ getDurableLogData: () => logData(invocation) });
  }

  /** The logger as it is: for bodies, which only run when they really run. */
  logger(invocation: Invocation): DurableLogger {
    return this.#customLogger ?? defaultLogger(invocation);
  }

  /** The logger of a context: silent while that context, or the code that is active, repeats. */
  modeAware(logger: DurableLogger, context: Context): DurableContextLogger {
    const { repetition } = context.invocation;
    return modeAwareLogger(
      logger,
      () => !this.#modeAware || !repetition.of(scopes.getStore() ?? { frame: context.frame, context }),
    );
  }
}

/** One per invocation, made when the first line is printed. */
export function defaultLogger(invocation: Invocation): DurableLogger {
  invocation.logger ??= createDefaultLogger({ getDurableLogData: () => logData(invocation) });
  return invocation.logger;
}
