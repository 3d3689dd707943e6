// node bench/bundle-modules.ts: what each module takes of the bundle of one handler, from the sources.
import { bundleOf } from './support/bundle-of.ts';

const { minified, gzip, modules } = await bundleOf('{ withDurableExecution }', '@middy-durable/core', [
  '@middy-durable/source',
]);
console.log(`${minified} bytes minified, ${gzip} bytes gzip`);
const sizes = Object.entries(modules).map(([path, { bytesInOutput }]) => ({ path, bytesInOutput }));
for (const { path, bytesInOutput } of sizes.sort((a, b) => b.bytesInOutput - a.bytesInOutput)) {
  if (bytesInOutput > 0) console.log(`${String(bytesInOutput).padStart(6)}  ${path}`);
}
