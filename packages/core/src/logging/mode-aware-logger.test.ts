import { describe, expect, it, jest } from '@jest/globals';
import { modeAwareLogger } from './mode-aware-logger.ts';
import type { DurableLogger } from './types.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;

function recorder() {
  const lines: unknown[][] = [];
  const record =
    (level: string) =>
    (...params: unknown[]) => {
      lines.push([level, ...params]);
      return `${level} done`;
    };
  return { lines, debug: record('debug'), info: record('info'), warn: record('warn'), error: record('error') };
}

describe('modeAwareLogger', () => {
  it.each(levels)('%s passes on what it is given, and what comes back', (level) => {
    const target = recorder();
    const logger = modeAwareLogger(target, () => true);
    expect(logger[level]('a', { b: 1 })).toBe(`${level} done`);
    expect(target.lines).toEqual([[level, 'a', { b: 1 }]]);
  });

  it('is silent while it should be, decided at each call', () => {
    const target = { ...recorder(), log: jest.fn() };
    let replaying = true;
    const logger = modeAwareLogger<DurableLogger>(target, () => !replaying);
    for (const level of levels) expect(logger[level]('replayed')).toBeUndefined();
    logger.log?.('INFO', 'replayed');
    replaying = false;
    logger.info('new');
    logger.log?.('WARN', 'new', 2);
    expect(target.lines).toEqual([['info', 'new']]);
    expect(target.log.mock.calls).toEqual([['WARN', 'new', 2]]);
  });

  it('has log only if the target has', () => {
    expect(Object.keys(modeAwareLogger(recorder(), () => true)).sort()).toEqual(['debug', 'error', 'info', 'warn']);
    expect(modeAwareLogger<DurableLogger>({ ...recorder(), log: () => undefined }, () => true).log).toBeInstanceOf(
      Function,
    );
  });

  it('keeps the `this` of the target', () => {
    class Own {
      readonly lines: unknown[] = [];
      debug(line: unknown) {
        this.lines.push(line);
      }
      info(line: unknown) {
        this.lines.push(line);
      }
      warn(line: unknown) {
        this.lines.push(line);
      }
      error(line: unknown) {
        this.lines.push(line);
      }
    }
    const target = new Own();
    modeAwareLogger(target, () => true).warn('x');
    expect(target.lines).toEqual(['x']);
  });
});
