import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** A bundle as a function would ship it, without the AWS SDK, and what each module takes of it before compression. */
export async function bundleOf(what: string, specifier: string, conditions: string[] = []) {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `export ${what} from '${specifier}';`,
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
    },
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    conditions,
    external: ['@aws-sdk/*', '@smithy/*'],
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  const modules = Object.values(metafile.outputs)[0]?.inputs ?? {};
  if (!file) throw new Error(`${specifier}: esbuild made no file`);
  return { minified: file.contents.length, gzip: gzipSync(file.contents, { level: 9 }).length, modules };
}
