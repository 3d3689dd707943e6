import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { functionsOf, readTemplate } from './template.ts';

/** The code of a function as Lambda gets it. */
export interface Bundle {
  logicalId: string;
  /** The bundle's own file. */
  file: string;
  /** Paths of the sources in it. */
  sources: string[];
}

/**
 * Makes one module of each function of a folder's template, with everything that it imports, the AWS SDK too: the one that
 * Lambda brings may be older than durable functions. It lands where the template's `CodeUri` says.
 *
 * @param into where `CodeUri` counts from; default: the folder
 */
export async function bundleFunctions(folder: string, into: string = folder): Promise<Bundle[]> {
  return Promise.all(
    functionsOf(readTemplate(folder)).map(async ({ logicalId, source, CodeUri, module }) => {
      rmSync(join(into, CodeUri), { recursive: true, force: true });
      const file = join(into, CodeUri, `${module}.mjs`);
      const { metafile } = await build({
        entryPoints: [join(folder, source)],
        outfile: file,
        bundle: true,
        format: 'esm',
        platform: 'node',
        target: 'node24',
        // These replace esbuild's own. Without `module` the AWS SDK comes as CommonJS, which requires what an ES module can't.
        conditions: ['@middy-durable/source', 'module'],
        mainFields: ['module', 'main'],
        minify: true,
        // Errors are recorded by the names of their classes.
        keepNames: true,
        metafile: true,
        logLevel: 'warning',
      });
      return { logicalId, file, sources: Object.keys(metafile.inputs).map((input) => resolve(input)) };
    }),
  );
}
