import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';

/** A template of the AWS Serverless Application Model, as far as it is looked at here. */
export interface Template {
  Transform: string;
  Globals?: { Function?: FunctionProperties };
  Resources: Record<string, { Type: string; Properties: FunctionProperties }>;
  Outputs: Record<string, { Description?: string; Value: unknown }>;
}

export interface FunctionProperties {
  FunctionName?: unknown;
  CodeUri?: string;
  Handler?: string;
  Runtime?: string;
  Timeout?: number;
  AutoPublishAlias?: string;
  DurableConfig?: { ExecutionTimeout?: number; RetentionPeriodInDays?: number };
  Environment?: { Variables?: Record<string, unknown> };
  Policies?: unknown[];
}

/** A function of a template, with what its globals say for it. */
export interface TemplateFunction extends FunctionProperties {
  logicalId: string;
  /** Folder of its package, from the template's. */
  CodeUri: string;
  /** Source file, from the template's folder. */
  source: string;
  /** Name of the module that Lambda loads from the package. */
  module: string;
  exportName: string;
}

/** CloudFormation's short forms stand for these members. */
const INTRINSICS = { '!Ref': 'Ref', '!GetAtt': 'Fn::GetAtt', '!Sub': 'Fn::Sub' };

/**
 * Reads the `template.yaml` of a folder; `!Ref x` becomes `{ Ref: 'x' }`, and so on.
 * @throws Error for what is no YAML, or has a tag that is not known
 */
export function readTemplate(folder: string): Template {
  const file = join(folder, 'template.yaml');
  const customTags = Object.entries(INTRINSICS).map(([tag, member]) => ({
    tag,
    resolve: (text: string) => ({ [member]: text }),
  }));
  const document = parseDocument(readFileSync(file, 'utf8'), { customTags });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new Error(`${file}: ${problem.message}`);
  return document.toJS();
}

/**
 * The functions of a template.
 * @throws Error for one whose code or handler is not named
 */
export function functionsOf({ Globals, Resources }: Template): TemplateFunction[] {
  const functions = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Serverless::Function');
  return functions.map(([logicalId, { Properties }]) => {
    const properties = { ...Globals?.Function, ...Properties };
    const { CodeUri, Handler } = properties;
    const [, module, exportName] = /^(\w[\w-]*)\.(\w+)$/.exec(Handler ?? '') ?? [];
    if (!CodeUri || !module || !exportName) {
      throw new Error(
        `${logicalId}: a function needs CodeUri and Handler ("module.export"); got ${CodeUri}, ${Handler}`,
      );
    }
    return { ...properties, logicalId, CodeUri, source: `${module}.ts`, module, exportName };
  });
}
