import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DurableRun } from '../../../../test/support/durable-run.ts';
import { loadPlugins, PluginLoadError } from './load-plugins.ts';

const PREFIX = 'Dynamic plugin configuration failed: ';
let folder: string;

/** A module on disk, by its URL. */
async function moduleOf(name: string, source: string): Promise<string> {
  const path = join(folder, `${name}.mjs`);
  await writeFile(path, source);
  return pathToFileURL(path).href;
}

const GOOD = `
export class Good { async onInvocationStart() { globalThis.pluginCalls = (globalThis.pluginCalls ?? 0) + 1; } }
export const durableExecutionPluginProvider = { pluginApiVersion: 1, pluginType: Good, createPlugin: () => new Good() };
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plugins-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => {
  delete process.env.DURABLE_EXECUTION_PLUGINS;
});

describe('plugins that the environment names', () => {
  it('are loaded in their order, from named and default exports', async () => {
    const named = await moduleOf('named', GOOD);
    const byDefault = await moduleOf(
      'default',
      `${GOOD.replace('export const durable', 'const durable')} export default { durableExecutionPluginProvider };`,
    );
    const plugins = await loadPlugins(` ${named} , ${byDefault}`);
    expect(plugins.map((plugin) => plugin.constructor.name)).toEqual(['Good', 'Good']);
  });

  it('come after those in the config', async () => {
    process.env.DURABLE_EXECUTION_PLUGINS = await moduleOf('second', GOOD);
    let before: unknown;
    const first = {
      onInvocationStart: async () => {
        before = (globalThis as any).pluginCalls ?? 0;
      },
    };
    const run = new DurableRun(async () => 'ran', { plugins: [first] });
    expect(await run.result()).toBe('ran');
    expect((globalThis as any).pluginCalls).toBe((before as number) + 1);
  });

  it('fail every invocation when they can’t be used', async () => {
    process.env.DURABLE_EXECUTION_PLUGINS = 'no-such-plugin-module';
    let ran = 0;
    const run = new DurableRun(async () => ran++);
    const output = await run.finish();
    expect(output).toMatchObject({ Status: 'FAILED', Error: { ErrorType: 'PluginLoadError' } });
    expect(ran).toBe(0);
  });

  it.each<[string, string | (() => Promise<string>), string]>([
    ['nothing between commas', 'a,,b', 'an empty module name between commas'],
    ['one module twice', 'a, b ,a', 'a is named twice'],
    [
      'a module that is not there',
      'no-such-plugin-module',
      "no-such-plugin-module can't be loaded; deploy it with the function",
    ],
    [
      'a module that throws',
      () => moduleOf('broken', 'throw new Error("broken inside")'),
      'failed to load: broken inside',
    ],
    [
      'no provider',
      () => moduleOf('none', 'export {}'),
      'must export durableExecutionPluginProvider with pluginApiVersion 1',
    ],
    [
      'another version',
      () => moduleOf('version', GOOD.replace('pluginApiVersion: 1', 'pluginApiVersion: 2')),
      'with pluginApiVersion 1, pluginType and createPlugin()',
    ],
    [
      'no factory',
      () => moduleOf('factory', GOOD.replace(', createPlugin: () => new Good()', '')),
      'pluginType and createPlugin()',
    ],
    [
      'a factory that throws',
      () => moduleOf('thrower', GOOD.replace('=> new Good()', '=> { throw new Error("no key") }')),
      'createPlugin() failed: no key',
    ],
    [
      'another type',
      () => moduleOf('type', GOOD.replace('=> new Good()', '=> ({})')),
      'createPlugin() must return an instance of its pluginType',
    ],
  ])('%s: a PluginLoadError', async (_title, names, problem) => {
    const error: unknown = await loadPlugins(typeof names === 'string' ? names : await names()).catch(
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(PluginLoadError);
    expect((error as Error).name).toBe('PluginLoadError');
    expect((error as Error).message).toContain(PREFIX);
    expect((error as Error).message).toContain(problem);
  });
});
