import { createRequire } from 'node:module';
import { Tracer } from '@aws-lambda-powertools/tracer';

// The X-Ray SDK that the tracer itself loads, and that takes the process for a Lambda function without being in one.
const fromTracer = createRequire(createRequire(import.meta.url).resolve('@aws-lambda-powertools/tracer'));
const xray = fromTracer('aws-xray-sdk-core');
const emitter = fromTracer('aws-xray-sdk-core/dist/lib/segment_emitter.js');
process.env.AWS_EXECUTION_ENV = 'AWS_Lambda_nodejs24.x';
process.env._HANDLER = 'index.handler';

/** A subsegment as the daemon got it. */
export interface Sent {
  name: string;
  parent: string | undefined;
  annotations: Record<string, unknown>;
  metadata: Record<string, Record<string, unknown>> | undefined;
  /** Message of the error that is in it. */
  error: string | undefined;
  open: boolean;
}

/** Lambda and the daemon, as a tracer sees them. */
export interface XRay {
  tracer: Tracer;
  sent: Sent[];
  /** Names, in the order in which they were closed: `parent > name`. */
  names(): string[];
  /** Runs an invocation, or several at once, in one facade segment as Lambda makes it. */
  invocation<T>(run: () => Promise<T>): Promise<T>;
}

export function fakeXRay(): XRay {
  const tracer = new Tracer({ serviceName: 'orders', captureHTTPsRequests: false });
  const sent: Sent[] = [];
  tracer.provider.setContextMissingStrategy('IGNORE_ERROR');
  xray.SegmentUtils.setStreamingThreshold(0); // As in Lambda: each is sent when it is closed.
  emitter.send = (segment: { toString(): string; parent?: { name: string } }) => {
    const { name, annotations = {}, metadata, cause, in_progress } = JSON.parse(String(segment));
    const error = cause?.exceptions?.[0]?.message;
    sent.push({ name, parent: segment.parent?.name, annotations, metadata, error, open: in_progress === true });
  };
  return {
    tracer,
    sent,
    names: () => sent.map(({ name, parent }) => `${parent} > ${name}`),
    invocation: <T>(run: () => Promise<T>) =>
      tracer.provider.getNamespace().runAndReturn(() => {
        const facade = new xray.Segment('facade');
        facade.counter = 1;
        tracer.provider.setSegment(facade);
        return run();
      }) as Promise<T>,
  };
}
