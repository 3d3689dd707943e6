import { Logger } from '@aws-lambda-powertools/logger';
import { describe, expect, it } from '@jest/globals';
import { replayAwareLogger } from './replay-aware.ts';
import { ReplayAwareLogger } from './replay-aware-logger.ts';

/** A Logger whose version lacks something. */
function without(member: string): Logger {
  return new Proxy(new Logger(), { get: (target, name) => (name === member ? undefined : Reflect.get(target, name)) });
}

describe('what can not be right is refused at start-up', () => {
  it.each([
    ['console', console, 'it has no method appendKeys, createChild'],
    ['the class', Logger, 'it has no method debug, info, warn, error, appendKeys, createChild'],
    ['a pino-like logger', { debug() {}, info() {}, warn() {}, error() {}, child() {} }, 'appendKeys, createChild'],
    ['nothing', undefined, 'it has no method debug'],
    ['null', null, 'it has no method debug'],
  ])('a logger of something else: %s', (_name, logger, what) => {
    const call = (): unknown => replayAwareLogger(logger as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(/^replayAwareLogger: the logger is no Logger of @aws-lambda-powertools\/logger: /);
    expect(call).toThrow(what);
  });

  it.each(['processLogItem', 'createAndPopulateLogItem', 'getLogFormatter', 'powertoolsLogData'])(
    'a version without %s',
    (member) => {
      expect(() => replayAwareLogger(without(member))).toThrow(
        `replayAwareLogger: the logger is of a version of @aws-lambda-powertools/logger that can't be used: it has no ${member}. Install 2.35.0 or a later 2.x.`,
      );
    },
  );

  it('one of several, by its place', () => {
    expect(() => replayAwareLogger([new Logger(), {} as never])).toThrow('replayAwareLogger: logger 2 is no Logger');
    expect(() => replayAwareLogger([])).toThrow('replayAwareLogger: there is no logger in the list');
  });

  it.each([
    [{ replay: 'hide' }, 'option replay must be one of suppress, annotate; got hide'],
    [{ flushOnSuspend: 'yes' }, 'option flushOnSuspend must be one of true, false; got yes'],
    [{ contextLogger: 1 }, 'option contextLogger must be one of true, false; got 1'],
    [{ supress: true }, 'there is no option supress; there are replay, flushOnSuspend, contextLogger'],
    [{ toString: 1 }, 'there is no option toString'],
    ['annotate', 'the options must be an object; got string'],
  ])('options: %p', (options, what) => {
    expect(() => replayAwareLogger(new Logger(), options as never)).toThrow(`replayAwareLogger: ${what}`);
    expect(() => new ReplayAwareLogger({}, options as never)).toThrow(`ReplayAwareLogger: ${what}`);
  });

  it('undefined is the default', () => {
    replayAwareLogger(new Logger(), { replay: undefined, flushOnSuspend: undefined });
    replayAwareLogger(new Logger(), undefined);
  });
});
