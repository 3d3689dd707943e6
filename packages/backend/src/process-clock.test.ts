import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { processClock } from './process-clock.ts';

describe('processClock', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 1000 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('calls once, after the delay', () => {
    const callback = jest.fn();
    processClock.schedule(callback, 50);
    jest.advanceTimersByTime(49);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1000);
    expect(callback).toHaveBeenCalledTimes(1);
    expect(processClock.now()).toBe(2049);
  });

  it('takes a call back', () => {
    const callback = jest.fn();
    processClock.schedule(callback, 50)();
    jest.advanceTimersByTime(1000);
    expect(callback).not.toHaveBeenCalled();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('waits longer than one timer of Node can', () => {
    const callback = jest.fn();
    const days = 24 * 3600 * 1000;
    processClock.schedule(callback, 60 * days);
    jest.advanceTimersByTime(60 * days - 1);
    expect(callback).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('gives other ids each time', () => {
    expect(processClock.randomId()).toMatch(/^[0-9a-f-]{36}$/);
    expect(processClock.randomId()).not.toBe(processClock.randomId());
  });
});
