import { describeValue } from '../describe-value.ts';
import { type AnySerdes, defaultSerdes, fromJson, type GenericSerdes, genericSerdes } from '../serdes.ts';
import { checkOptions } from '../validation.ts';
import { readPayloadFile, writePayloadFile } from './payload-file.ts';
import { FileSystemPathEncoding, payloadPath } from './payload-path.ts';

export { FileSystemPathEncoding };

/** When a value is kept in a file. */
export const FileSystemSerdesMode = {
  /** Always: records stay small. The default. */
  ALWAYS: 'ALWAYS',
  /** When it is too large for a checkpoint. */
  OVERFLOW: 'OVERFLOW',
} as const;
export type FileSystemSerdesMode = (typeof FileSystemSerdesMode)[keyof typeof FileSystemSerdesMode];
export declare namespace FileSystemSerdesMode {
  type ALWAYS = 'ALWAYS';
  type OVERFLOW = 'OVERFLOW';
}

/** Options of {@link createFileSystemSerdes}. */
export interface FileSystemSerdesConfig {
  /** Default: `FileSystemSerdesMode.ALWAYS`. */
  storageMode?: FileSystemSerdesMode | undefined;
  /** How directories and files are called. Default: `FileSystemPathEncoding.URI`. */
  pathEncoding?: FileSystemPathEncoding | undefined;
  /** Makes a small readable extract that stands in the record beside the file's path: see `buildPreview`. Default: none. */
  generatePreview?: ((value: unknown) => Record<string, unknown> | undefined) | undefined;
  /** How a value becomes the text of a file, and back. Default: JSON. */
  serdes?: AnySerdes | undefined;
  /** Directories other than `basePath` that files may be read from: where it was mounted before. Default: none. */
  readFrom?: string[] | undefined;
}

/** Longest record without a file: 256 KiB, with room for what stands around the payload. */
const MAX_INLINE_BYTES = 256 * 1024 - 1024;

/** What is recorded, in the official SDK's format: the value's text, or where it is. */
type StoredValue = { data: string } | { file: string; preview?: Record<string, unknown> };

/**
 * Keeps values in files under `basePath`, and their paths on record: for values too large for a checkpoint. It needs a
 * file system that all invocations share and that survives them (EFS, S3 Files), never Lambda's `/tmp`.
 *
 * A file's name has the SHA-256 digest of its content, and it is complete on disk before its path is recorded: attempts
 * never overwrite each other's files, and a file that was lost or changed is noticed when it is read. Nothing deletes
 * files: remove an execution's directory when the execution is no longer kept. Records of the official SDK are readable,
 * and ours for it. Not for callback results, nor for the handler's own result.
 *
 * @throws TypeError at once for options that can't be right. When used: an Error that names the file that could not be
 *   written or read, is missing, was changed, or lies outside of `basePath`; TypeError for a record that another serdes
 *   wrote; what `generatePreview` throws. Each fails the operation.
 * @example
 * const serdes = createFileSystemSerdes('/mnt/efs', { storageMode: FileSystemSerdesMode.OVERFLOW });
 * const context = { entityId: '1', durableExecutionArn: 'arn:example' };
 * await serdes.serialize({ total: 12 }, context) // => '{"data":"{\\"total\\":12}"}'
 * await serdes.deserialize('{"data":"{\\"total\\":12}"}', context) // => { total: 12 }
 */
export function createFileSystemSerdes(basePath: string, config?: FileSystemSerdesConfig): GenericSerdes {
  checkConfig(basePath, config);
  const { storageMode, generatePreview } = config ?? {};
  const pathEncoding = config?.pathEncoding ?? 'URI';
  const serdes = config?.serdes ?? defaultSerdes;
  const directories = [basePath, ...(config?.readFrom ?? [])];
  return genericSerdes({
    async serialize(value, context) {
      const text = await serdes.serialize(value, context);
      if (text === undefined) return undefined;
      if (storageMode === 'OVERFLOW') {
        const inline = JSON.stringify({ data: text } satisfies StoredValue);
        if (Buffer.byteLength(inline) <= MAX_INLINE_BYTES) return inline;
      }
      const preview = generatePreview?.(value);
      const file = payloadPath(basePath, context, text, pathEncoding);
      await writePayloadFile(file, text);
      return JSON.stringify({ file, ...(preview && { preview }) } satisfies StoredValue);
    },
    async deserialize(record, context) {
      if (record === undefined) return undefined;
      const stored = storedValue(record);
      const text = 'file' in stored ? await readPayloadFile(stored.file, directories) : stored.data;
      return serdes.deserialize(text, context);
    },
  });
}

function checkConfig(basePath: unknown, config: FileSystemSerdesConfig | undefined): void {
  const label = 'createFileSystemSerdes';
  if (typeof basePath !== 'string' || basePath === '') {
    throw new TypeError(`${label}: basePath must be the path of a directory; got ${describeValue(basePath)}`);
  }
  checkOptions(
    config,
    {
      storageMode: Object.values(FileSystemSerdesMode),
      pathEncoding: Object.values(FileSystemPathEncoding),
      generatePreview: 'function',
      serdes: 'serdes',
    },
    label,
  );
  const readFrom: unknown = config?.readFrom ?? [];
  if (Array.isArray(readFrom) && readFrom.every((path) => typeof path === 'string' && path !== '')) return;
  throw new TypeError(`${label}: option readFrom must be an array of paths; got ${describeValue(readFrom)}`);
}

function storedValue(record: string): StoredValue {
  let stored: { file?: unknown; data?: unknown } = {};
  try {
    stored = Object(fromJson(record));
  } catch {
    // No JSON at all: the same complaint fits.
  }
  const { file, data } = stored;
  if (typeof file === 'string') return { file };
  if (typeof data === 'string') return { data };
  const fix = 'Another serdes wrote it: read executions that are under way with the one they began with';
  throw new TypeError(`The payload is not {"file":...} or {"data":...} but ${describeValue(record)}. ${fix}`);
}
