import { createDefaultLogger } from '../logging/default-logger.ts';
import { modeAwareLogger } from '../logging/mode-aware-logger.ts';
import type { DurableContextLogger, DurableLogData, DurableLogger, LoggerConfig } from '../logging/types.ts';
import { type AnySerdes, type AnySerdesDeserializer, defaultSerdes, type SerdesConfig } from '../serdes.ts';
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

  /** The logger of a context: silent while that context, or the one that is active, replays. */
  modeAware(logger: DurableLogger, context: { readonly isReplaying: boolean }): DurableContextLogger {
    return modeAwareLogger(logger, () => {
      if (!this.#modeAware) return true;
      const scope = scopes.getStore();
      return scope?.body !== undefined || !(scope?.context ?? context).isReplaying;
    });
  }
}

/** One per invocation, made when the first line is printed. */
export function defaultLogger(invocation: Invocation): DurableLogger {
  invocation.logger ??= createDefaultLogger({ getDurableLogData: () => logData(invocation) });
  return invocation.logger;
}

function logData(invocation: Invocation): DurableLogData {
  const scope = scopes.getStore();
  const call = scope?.body?.call ?? scope?.frame.call;
  const { arn, lambdaContext } = invocation;
  return {
    requestId: lambdaContext?.awsRequestId ?? '',
    executionArn: arn,
    ...(lambdaContext?.tenantId !== undefined && { tenantId: lambdaContext.tenantId }),
    ...(call && { operationId: call.id }),
    ...(call?.kind.name !== undefined && { operationName: call.kind.name }),
    ...(scope?.body && { attempt: scope.body.attempt }),
    ...invocation.instrumentation?.logFields(),
  };
}
