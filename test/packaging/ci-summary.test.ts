import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');

/** One test, as jest's JSON has it. */
interface Assertion {
  ancestorTitles: string[];
  fullName: string;
  status: 'passed' | 'failed' | 'pending';
}

const assertion = (ancestors: string[], title: string, status: Assertion['status'] = 'passed'): Assertion => ({
  ancestorTitles: ancestors,
  fullName: [...ancestors, title].join(' '),
  status,
});

describe('the summary of a run', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'summary-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function summary(tests: Record<string, Assertion[]>, more: object = {}) {
    const all = Object.values(tests).flat();
    const count = (status: string): number => all.filter((one) => one.status === status).length;
    const report = join(folder, 'jest.json');
    const testResults = Object.entries(tests).map(([file, assertionResults]) => ({
      name: join(root, file),
      assertionResults,
    }));
    const numFailedTests = count('failed');
    writeFileSync(
      report,
      JSON.stringify({
        success: numFailedTests === 0,
        numPassedTests: count('passed'),
        numFailedTests,
        numRuntimeErrorTestSuites: 0,
        testResults,
        ...more,
      }),
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/ci-summary.mjs', report], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return { status, lines: stdout.trim().split('\n') };
  }

  it('names the stores, and says last how many passed', () => {
    const { status, lines } = summary({
      'test/callbacks/endpoint.test.ts': [assertion(['on memory'], 'a click'), assertion(['on SQLite'], 'a click')],
      'test/dynamodb/store.test.ts': [assertion(['on DynamoDB Local'], 'a put'), assertion([], 'none', 'pending')],
    });
    expect(status).toBe(0);
    expect(lines).toContain('stores named by tests: memory (1), SQLite (1), dynalite (0), DynamoDB Local (1)');
    expect(lines).toContain('skipped: test/dynamodb/store.test.ts: none');
    expect(lines.at(-1)).toBe('3 passed, 0 failed');
  });

  it.each([
    ['in Chromium 153.0.8010.0', 'clicked in Chromium 153.0.8010.0 (2)'],
    [
      'over HTTP, since no Chromium starts here (no such file)',
      'clicked over HTTP, since no Chromium starts here (no such file) (2)',
    ],
  ])('says how the confirmation page was clicked: %s', (how, said) => {
    const tests = ['is a page', 'shows nothing'].map((title) => assertion([`an approval by mail link, ${how}`], title));
    const { lines } = summary({ 'examples/human-approval/browser.test.ts': tests });
    expect(lines).toContain(`confirmation page: ${said}`);
  });

  it('says so when nobody clicked, and fails with what failed', () => {
    const { status, lines } = summary({ 'test/a/b.test.ts': [assertion([], 'x', 'failed')] });
    expect(lines).toContain('confirmation page: did not run');
    expect([status, lines.at(-1)]).toEqual([1, '0 passed, 1 failed']);
    expect(summary({}, { numRuntimeErrorTestSuites: 1 })).toMatchObject({ status: 1 });
  });
});
