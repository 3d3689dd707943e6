import type { TracerProvider } from '@opentelemetry/api';

/** Of a provider of the SDK, or of the one that stands for it in the API. */
interface Flushing {
  forceFlush?(): Promise<void>;
  getDelegate?(): TracerProvider;
}

/** Has what has ended exported before Lambda freezes the process, within `timeoutMs`. Never rejects. */
export async function flush(provider: TracerProvider, timeoutMs: number): Promise<void> {
  const { getDelegate } = provider as Flushing;
  const flushing = (getDelegate ? getDelegate.call(provider) : provider) as Flushing;
  if (timeoutMs === 0 || !flushing.forceFlush) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  try {
    await Promise.race([flushing.forceFlush(), late]);
  } catch {
    // Whoever exports says so; an execution does not fail for its spans.
  } finally {
    clearTimeout(timer);
  }
}
