import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { build } from 'esbuild';

async function bundle(options: { alias?: Record<string, string>; external?: string[] }) {
  const { outputFiles, warnings } = await build({
    stdin: {
      contents: `
        import { withDurableExecution } from '@middy-durable/core';
        export const handler = withDurableExecution(async (event, context) => context.step(async () => 1));
      `,
      resolveDir: fileURLToPath(new URL('../..', import.meta.url)),
    },
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@middy-durable/source'],
    write: false,
    logLevel: 'silent',
    ...options,
  });
  const text = outputFiles[0]?.text ?? '';
  return {
    bytes: text.length,
    /** Of the AWS SDK, as they are written. */
    imports: text.match(/(import\(|from ?)["']@(aws-sdk|smithy)[^"']*["']/g) ?? [],
    warnings: warnings.map((warning) => warning.text),
  };
}

const AT_FIRST_REQUEST = 'import("@aws-sdk/client-lambda"';

it('a function that keeps its executions elsewhere can be bundled where the AWS SDK is not installed', async () => {
  const { imports, bytes, warnings } = await bundle({ alias: { '@aws-sdk/client-lambda': '@aws-sdk/not-installed' } });
  expect(imports).toEqual([AT_FIRST_REQUEST]);
  expect(bytes).toBeLessThan(150_000);
  expect(warnings).toEqual([]);
});

it("the runtime's AWS SDK can stay outside, as one import() and nothing else", async () => {
  const { imports, warnings } = await bundle({ external: ['@aws-sdk/*'] });
  expect(imports).toEqual([AT_FIRST_REQUEST]);
  expect(warnings).toEqual([]);
});
