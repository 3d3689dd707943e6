import type { DurableInstrumentationPlugin, DurableInstrumentationPluginProvider } from './types.ts';

/** A plugin named in `DURABLE_EXECUTION_PLUGINS` can't be used: every invocation fails with it, until the environment is mended. */
export class PluginLoadError extends Error {
  static override readonly name: string = 'PluginLoadError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = PluginLoadError.name;
  }
}

/** Plugins that the environment names, comma-separated, in that order. */
export async function loadPlugins(names: string): Promise<DurableInstrumentationPlugin[]> {
  const specifiers = names.split(',').map((name) => name.trim());
  if (specifiers.includes('')) throw failure('an empty module name between commas');
  const twice = specifiers.find((name, index) => specifiers.indexOf(name) !== index);
  if (twice) throw failure(`${twice} is named twice`);
  const plugins: DurableInstrumentationPlugin[] = [];
  for (const specifier of specifiers) plugins.push(createPlugin(specifier, await importModule(specifier)));
  return plugins;
}

async function importModule(specifier: string): Promise<Record<string, unknown>> {
  try {
    return await import(specifier);
  } catch (error) {
    // Node says ERR_MODULE_NOT_FOUND, other loaders leave the prefix out.
    if (!/MODULE_NOT_FOUND$/.test(String((error as { code?: unknown }).code)))
      throw failure(`${specifier} failed to load`, error);
  }
  try {
    // A bundled handler lies elsewhere than the packages that were deployed with it.
    const { createRequire } = process.getBuiltinModule('node:module');
    const { pathToFileURL } = process.getBuiltinModule('node:url');
    const root = process.env.LAMBDA_TASK_ROOT ?? process.cwd();
    return await import(pathToFileURL(createRequire(`${root}/package.json`).resolve(specifier)).href);
  } catch (error) {
    throw failure(`${specifier} can't be loaded; deploy it with the function`, error);
  }
}

function createPlugin(specifier: string, module: Record<string, unknown>): DurableInstrumentationPlugin {
  const key = 'durableExecutionPluginProvider';
  const provider = (module[key] ?? (module.default as Record<string, unknown> | undefined)?.[key]) as
    | Partial<DurableInstrumentationPluginProvider>
    | undefined;
  if (provider?.pluginApiVersion !== 1 || !provider.pluginType || !provider.createPlugin) {
    throw failure(`${specifier} must export ${key} with pluginApiVersion 1, pluginType and createPlugin()`);
  }
  let plugin: DurableInstrumentationPlugin;
  try {
    plugin = provider.createPlugin();
  } catch (error) {
    throw failure(`${specifier}: createPlugin() failed`, error);
  }
  if (!(plugin instanceof (provider.pluginType as new () => object))) {
    throw failure(`${specifier}: createPlugin() must return an instance of its pluginType`);
  }
  return plugin;
}

function failure(problem: string, cause?: unknown): PluginLoadError {
  const detail = cause instanceof Error ? `: ${cause.message}` : '';
  return new PluginLoadError(`Dynamic plugin configuration failed: ${problem}${detail}`, { cause });
}
