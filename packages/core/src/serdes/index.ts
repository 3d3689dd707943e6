/** The serdes that a user can choose from; the default one is JSON, see `../serdes.ts`. */
export { createClassSerdes, createClassSerdesWithDates } from './class-serdes.ts';
export { createExtendedSerdes, type ExtendedSerdesOptions } from './extended-serdes.ts';
export {
  createFileSystemSerdes,
  FileSystemPathEncoding,
  type FileSystemSerdesConfig,
  FileSystemSerdesMode,
} from './file-system-serdes.ts';
export { buildPreview, FieldMatchMode, type PreviewConfig, type PreviewField, PreviewMode } from './preview.ts';
