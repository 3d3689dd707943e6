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
  /** What `CodeUri` is for CloudFormation's own functions. */
  Code?: string;
  Handler?: string;
  Runtime?: string;
  Timeout?: number;
  AutoPublishAlias?: string;
  DurableConfig?: { ExecutionTimeout?: number; RetentionPeriodInDays?: number };
  Environment?: { Variables?: Record<string, unknown> };
  Policies?: unknown[];
  Events?: Record<string, { Type: string; Properties: Record<string, unknown> }>;
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

/** CloudFormation's short forms, and what they stand for. */
const INTRINSICS: Record<string, (text: string) => object> = {
  '!Ref': (text) => ({ Ref: text }),
  '!GetAtt': (text) => ({ 'Fn::GetAtt': text.split('.') }),
  '!Sub': (text) => ({ 'Fn::Sub': text }),
};

/**
 * Reads the `template.yaml` of a folder; `!Ref x` becomes `{ Ref: 'x' }`, and so on.
 * @throws Error for what is no YAML, or has a tag that is not known
 */
export function readTemplate(folder: string): Template {
  const file = join(folder, 'template.yaml');
  const customTags = Object.entries(INTRINSICS).map(([tag, resolve]) => ({ tag, resolve }));
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
  return Object.entries(Resources).flatMap(([logicalId, { Type, Properties }]) => {
    // What SAM calls global holds for its own functions alone.
    if (Type === 'AWS::Serverless::Function') return [functionOf(logicalId, { ...Globals?.Function, ...Properties })];
    if (Type === 'AWS::Lambda::Function') return [functionOf(logicalId, Properties)];
    return [];
  });
}

function functionOf(logicalId: string, properties: FunctionProperties): TemplateFunction {
  const { Code, CodeUri = Code, Handler } = properties;
  const [, module, exportName] = /^(\w[\w-]*)\.(\w+)$/.exec(Handler ?? '') ?? [];
  if (!CodeUri || !module || !exportName) {
    throw new Error(`${logicalId}: a function needs CodeUri and Handler ("module.export"); got ${CodeUri}, ${Handler}`);
  }
  return { ...properties, logicalId, CodeUri, source: `${module}.ts`, module, exportName };
}
