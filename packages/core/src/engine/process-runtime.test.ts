import { createServer } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createProcessRuntime } from './process-runtime.ts';

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const count = (runtime: ReturnType<typeof createProcessRuntime>, kind: string): number =>
  runtime.activeResources().get(kind) ?? 0;

describe('the process as a runtime', () => {
  it('does not count its own timers and turns among what is active', async () => {
    const active = jest.spyOn(process, 'getActiveResourcesInfo');
    const shown = (runtime: ReturnType<typeof createProcessRuntime>, ...kinds: string[]): object => {
      active.mockReturnValue(kinds);
      return Object.fromEntries([...runtime.activeResources()].filter(([, count]) => count !== 0));
    };
    const runtime = createProcessRuntime();
    expect(shown(runtime, 'Timeout', 'TCPSocketWrap', 'Timeout')).toEqual({ Timeout: 2, TCPSocketWrap: 1 });
    const cancel = runtime.schedule(() => {}, 60_000);
    const turn = new Promise<void>((resolve) => runtime.nextTurn(resolve));
    expect(shown(runtime, 'Timeout', 'Immediate')).toEqual({});
    expect(shown(runtime, 'Timeout', 'Immediate', 'Timeout')).toEqual({ Timeout: 1 });
    cancel();
    cancel();
    await turn;
    expect(shown(runtime, 'Timeout')).toEqual({ Timeout: 1 });
    const fired = new Promise<void>((resolve) => runtime.schedule(resolve, 0));
    expect(shown(runtime, 'Timeout')).toEqual({});
    await fired;
    expect(shown(runtime, 'Timeout')).toEqual({ Timeout: 1 });
  });

  it('does not count the timer whose callback looks', async () => {
    const runtime = createProcessRuntime();
    const inside = await new Promise<number>((resolve) =>
      runtime.schedule(() => resolve(count(runtime, 'Timeout')), 0),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(inside).toBe(count(runtime, 'Timeout'));
  });

  it('sees sockets', async () => {
    const runtime = createProcessRuntime();
    const before = count(runtime, 'TCPServerWrap');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    expect(count(runtime, 'TCPServerWrap')).toBe(before + 1);
    await new Promise((resolve) => server.close(resolve));
  });

  it('takes delays longer than a timer of Node', () => {
    jest.useFakeTimers();
    const runtime = createProcessRuntime();
    const fired: string[] = [];
    const month = 30 * 86_400_000;
    runtime.schedule(() => fired.push('month'), month);
    const cancel = runtime.schedule(() => fired.push('cancelled'), month);
    jest.advanceTimersByTime(month - 1);
    expect(fired).toEqual([]);
    cancel();
    jest.advanceTimersByTime(1);
    expect(fired).toEqual(['month']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('a turn comes after all that can run without waiting', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      createProcessRuntime().nextTurn(() => {
        order.push('turn');
        resolve();
      });
      process.nextTick(() => Promise.resolve().then(() => order.push('tick')));
      queueMicrotask(() => order.push('microtask'));
    });
    expect(order.sort()).toEqual(['microtask', 'tick', 'turn']);
    expect(order.at(-1)).toBe('turn');
  });

  it('makes ids and knows the time', () => {
    const runtime = createProcessRuntime();
    expect(runtime.randomId()).not.toBe(runtime.randomId());
    expect(Math.abs(runtime.now() - Date.now())).toBeLessThan(60_000);
  });
});
