import {
  type AttemptEndInfo,
  AttemptEndInfoOutcome,
  type AttemptInfo,
  DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION,
  type DurableExecutionInvocationOutput,
  type DurableInstrumentationPlugin,
  type DurableInstrumentationPluginProvider,
  type DurableInstrumentationPluginType,
  type InvocationEndInfo,
  type InvocationInfo,
  InvocationStatus,
  type OperationChangeInfo,
  type OperationEndInfo,
  type OperationInfo,
  PluginInvocationStatus,
  PluginOperationStatus,
  withDurableExecution,
} from '@aws/durable-execution-sdk-js';

const lines: unknown[] = [];

class Recorder implements DurableInstrumentationPlugin {
  async onInvocationStart(info: InvocationInfo): Promise<void> {
    const first: boolean = info.isFirstInvocation;
    lines.push(info.requestId, info.executionArn, info.executionInput, info.executionStartTimestamp?.getTime(), first);
    for (const [id, operation] of Object.entries(info.updatedOperations)) lines.push(id, operation.status);
  }
  async wrapInvocation(
    info: InvocationInfo,
    fn: () => Promise<DurableExecutionInvocationOutput>,
  ): Promise<DurableExecutionInvocationOutput> {
    const output = await fn();
    if (output.Status === InvocationStatus.FAILED) lines.push(info.executionArn, output.Error.ErrorType);
    return output;
  }
  async onInvocationEnd(info: InvocationEndInfo): Promise<void> {
    if (info.status === PluginInvocationStatus.RETRYING) lines.push(info.executionError?.message);
    lines.push(info.executionResult);
  }
  async onOperationStart(info: OperationInfo): Promise<void> {
    lines.push(info.id, info.name, info.type, info.subType, info.parentId, info.startTimestamp, info.isReplay);
  }
  wrapChildContextFn(info: OperationInfo, fn: () => unknown): unknown {
    lines.push(info.name);
    return fn();
  }
  async onOperationEnd(info: OperationEndInfo): Promise<void> {
    const failed: boolean = info.status === PluginOperationStatus.FAILED || info.error !== undefined;
    lines.push(failed, info.endTimestamp, info.result);
  }
  async onOperationAttemptStart(info: AttemptInfo): Promise<void> {
    const attempt: number = info.attempt;
    lines.push(attempt);
  }
  wrapOperationAttemptFn(_info: AttemptInfo, fn: () => unknown): unknown {
    return fn();
  }
  async onOperationAttemptEnd(info: AttemptEndInfo): Promise<void> {
    if (info.outcome === AttemptEndInfoOutcome.FAILED) lines.push(info.error?.message);
  }
  async onOperationChange(info: OperationChangeInfo): Promise<void> {
    lines.push(Object.keys(info.updatedOperations), Object.keys(info.operations), info.executionArn);
  }
  enrichLogContext(): Record<string, string | number | boolean> | undefined {
    return { service: 'orders', canary: false };
  }
}

const type: DurableInstrumentationPluginType<Recorder> = Recorder;
export const durableExecutionPluginProvider: DurableInstrumentationPluginProvider<Recorder> = {
  pluginApiVersion: DURABLE_INSTRUMENTATION_PLUGIN_API_VERSION,
  pluginType: type,
  createPlugin: () => new Recorder(),
};
export const partial: DurableInstrumentationPlugin = { async onOperationEnd() {} };
export const handler = withDurableExecution(async () => 'x', {
  plugins: [new Recorder(), partial, {}],
  pluginsConfig: { childOperationsDepth: 2 },
});

/** How a plugin's own tests call it. */
export async function exercise(plugin: DurableInstrumentationPlugin): Promise<void> {
  const base = { requestId: 'r', executionArn: 'arn', executionInput: {}, operations: {} };
  await plugin.onInvocationStart?.({ ...base, isFirstInvocation: true, updatedOperations: {} });
  const operation: OperationInfo = { id: 'o', type: 'STEP', isReplay: false, status: PluginOperationStatus.STARTED };
  await plugin.onOperationStart?.(operation);
  await plugin.onOperationAttemptEnd?.({ ...operation, attempt: 1, outcome: AttemptEndInfoOutcome.SUCCEEDED });
  await plugin.onInvocationEnd?.({ ...base, status: PluginInvocationStatus.SUCCEEDED, executionResult: 1 });
}
