import {
  type AnySerdes,
  buildPreview,
  createFileSystemSerdes,
  type DurableContext,
  FieldMatchMode,
  FileSystemPathEncoding,
  type FileSystemSerdesConfig,
  FileSystemSerdesMode,
  type PreviewConfig,
  type PreviewField,
  PreviewMode,
} from '@aws/durable-execution-sdk-js';

interface Profile {
  id: string;
  email: string;
}
const masked: PreviewField = { name: 'customer.email', match: FieldMatchMode.PATH };
const preview: PreviewConfig = {
  mode: PreviewMode.EXCLUDE_ALL,
  include: [{ name: 'id' }, { name: 'status', match: FieldMatchMode.ANYWHERE }],
  exclude: [{ name: 'secret' }],
  mask: [masked],
  maskString: '?',
  maxPreviewBytes: 1024,
};
const config: FileSystemSerdesConfig = {
  storageMode: FileSystemSerdesMode.OVERFLOW,
  pathEncoding: FileSystemPathEncoding.HASH,
  generatePreview: (value) => buildPreview(value, preview),
};
const files = createFileSystemSerdes('/mnt/data', config);
const everything: AnySerdes = createFileSystemSerdes('/mnt/data', {
  storageMode: FileSystemSerdesMode.ALWAYS,
  pathEncoding: FileSystemPathEncoding.URI,
  generatePreview: () => undefined,
});
export const shown: Record<string, unknown> | undefined = buildPreview(
  { id: 1, customer: { email: 'a@example.com' } },
  { mode: PreviewMode.INCLUDE_ALL },
);

export async function used(context: DurableContext): Promise<unknown> {
  context.configureSerdes({ defaultSerdes: files });
  context.configureSerdes({ defaultSerdes: createFileSystemSerdes('/mnt/data') });
  const profile: Profile = await context.step('load', async () => ({ id: '1', email: 'a@example.com' }), {
    serdes: files,
  });
  const again = await context.step<Profile>('again', async () => profile, { serdes: everything });
  const batch = await context.map('all', [profile], async (_child, each) => each.id, {
    itemSerdes: files,
    serdes: everything,
  });
  return [profile.email, again.email, batch.getResults()];
}
