// npm run bundle: what Lambda runs, for the functions of the template.yaml in the working directory.
import { relative } from 'node:path';
import { bundleFunctions } from './deploy/bundle.ts';

for (const { logicalId, file } of await bundleFunctions(process.cwd())) {
  console.log(`${logicalId}  ${relative(process.cwd(), file)}`);
}
