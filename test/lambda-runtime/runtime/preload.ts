// Preloaded into the process of a function: the runtime interface client finds its native addon here.
import { registerHooks } from 'node:module';
import { NATIVE_ADDON } from './native-addon.ts';

const client = new URL('./native-client.ts', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === NATIVE_ADDON ? { url: client, shortCircuit: true } : next(specifier, context),
});
