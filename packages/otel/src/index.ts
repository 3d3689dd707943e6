/**
 * OpenTelemetry spans of durable executions, linked across invocations. Over the API alone: the SDK is the user's.
 * @module
 */
import type { DurableInstrumentationPluginProvider } from '@middy-durable/core';
import { ExecutionOtelPlugin } from './otel-plugin.ts';

export { ExecutionIdGenerator } from './execution-ids.ts';
export { type OtelPluginOptions, xRayContext } from './options.ts';
export { ExecutionOtelPlugin, InvocationOtelPlugin } from './otel-plugin.ts';

/** What `DURABLE_EXECUTION_PLUGINS=@middy-durable/otel` loads: the plugin with its defaults. */
export const durableExecutionPluginProvider: DurableInstrumentationPluginProvider<ExecutionOtelPlugin> = {
  pluginApiVersion: 1,
  pluginType: ExecutionOtelPlugin,
  createPlugin: () => new ExecutionOtelPlugin(),
};
