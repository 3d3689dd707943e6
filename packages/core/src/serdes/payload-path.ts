import { join, resolve } from 'node:path';
import { sha256 } from '../engine/seeded.ts';
import type { SerdesContext } from '../serdes.ts';

/** How the directory of an execution and the file of an operation are called. */
export const FileSystemPathEncoding = {
  /** Readable: `<function>/<execution>/<id>/<operation>.<digest>.json`. The default. */
  URI: 'URI',
  /** `<SHA-256 of the ARN>/<SHA-256 of the operation>.<digest>.json`. */
  HASH: 'HASH',
} as const;
export type FileSystemPathEncoding = (typeof FileSystemPathEncoding)[keyof typeof FileSystemPathEncoding];
export declare namespace FileSystemPathEncoding {
  type URI = 'URI';
  type HASH = 'HASH';
}

const EXECUTION_ARN = /^arn:[^/:]+:lambda:[^/:]*:[^/:]*:function:([^/:]+):[^/:]+\/durable-execution\/([^/]+)\/([^/]+)$/;
/** What file systems commonly take for one name. */
const MAX_NAME_BYTES = 255;
const DIGEST_SUFFIX = /[^/\\]\.([0-9a-f]{64})\.json$/;

/** Where a text is kept. The digest in the name is the text's own: another text has another file. */
export function payloadPath(
  basePath: string,
  { entityId, durableExecutionArn }: SerdesContext,
  text: string,
  encoding: FileSystemPathEncoding,
): string {
  const name = encoding === 'HASH' ? sha256 : safeName;
  const ending = `.${sha256(text)}.json`;
  const parts = (encoding === 'URI' && EXECUTION_ARN.exec(durableExecutionArn)?.slice(1)) || [durableExecutionArn];
  const folders = parts.map((part) => name(part, 0));
  return join(resolve(basePath), ...folders, name(entityId, ending.length) + ending);
}

/** The digest that a file's name promises. The official SDK's files promise none. */
export function promisedDigest(file: string): string | undefined {
  return DIGEST_SUFFIX.exec(file)?.[1];
}

/** A text as one name, readable where it can be: not too long, and not `..`. */
function safeName(text: string, reserved: number): string {
  const name = text.isWellFormed() ? encodeURIComponent(text) : '';
  return /^\.{0,2}$/.test(name) || name.length + reserved > MAX_NAME_BYTES ? sha256(text) : name;
}
