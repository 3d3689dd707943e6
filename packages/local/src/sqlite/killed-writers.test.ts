import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LineSplitter } from '../invocation/lines.ts';
import { type SqliteStore, sqliteStore } from './sqlite-store.ts';

/** Appends to a run of its own and to one that all writers share, and says what was acknowledged. */
const WRITER = `
import { writeSync } from 'node:fs';
import { sqliteStore } from ${JSON.stringify(new URL('./sqlite-store.ts', import.meta.url).href)};
const [file, runId] = process.argv.slice(2);
const store = sqliteStore({ file });
const head = { status: 'RUNNING', dueAt: undefined, leaseUntil: undefined };
const item = (sequence, by) => ({
  sequence, writeId: by + ':' + sequence, events: [{ type: 'StepStarted', at: sequence, id: 'x'.repeat(500) }],
});
const run = (id) => ({
  runId: id, arn: id, functionName: 'f', name: id, inputHash: '', startedAt: 1, firstItem: item(1, runId),
});
const acknowledge = (id, sequence) => writeSync(1, id + ' ' + sequence + ' ' + runId + ':' + sequence + '\\n');
async function writeTo(id) {
  if ((await store.create(run(id))).created) acknowledge(id, 1);
  for (;;) {
    const { sequence } = await store.head(id);
    try {
      await store.append(id, item(sequence + 1, runId), head);
      acknowledge(id, sequence + 1);
    } catch (error) {
      if (error.name !== 'VersionConflict') throw error;
    }
  }
}
await Promise.all([writeTo(runId), writeTo('shared')]);
`;

const ROUNDS = 3;
const WRITERS = 2;

describe('writers that are killed', () => {
  let dir: string;
  let script: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'killed-writers-'));
    script = join(dir, 'writer.mjs');
    writeFileSync(script, WRITER);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** Runs a writer until it has acknowledged `count` writes, kills it in the middle of the next ones. */
  function writeAndDie(file: string, runId: string, count: number, acknowledged: Map<string, string>): Promise<void> {
    const child: ChildProcess = spawn(
      process.execPath,
      ['--conditions=@middy-durable/source', '--disable-warning=ExperimentalWarning', script, file, runId],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let left = count;
    const lines = new LineSplitter((line) => {
      const [id, sequence, writeId] = line.split(' ') as [string, string, string];
      acknowledged.set(`${id}#${sequence}`, writeId);
      if (--left === 0) child.kill('SIGKILL');
    });
    child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk));
    return new Promise((resolve, reject) => {
      child.once('close', (code, signal) =>
        signal === 'SIGKILL' ? resolve() : reject(new Error(`the writer ended by itself with code ${code}`)),
      );
    });
  }

  async function readAll(store: SqliteStore): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const { runId, sequence } of await store.list({ limit: 1000 })) {
      let expected = 0;
      for await (const item of store.read(runId)) {
        expect(item.sequence).toBe(++expected);
        found.set(`${runId}#${item.sequence}`, item.writeId);
      }
      expect(sequence).toBe(expected);
    }
    return found;
  }

  it('have lost nothing that was acknowledged, and left a sound file', async () => {
    const file = join(dir, 'runs.db');
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(
        Array.from({ length: WRITERS }, (_, writer) =>
          writeAndDie(file, `r${round}-${writer}`, 30 + Math.floor(Math.random() * 100), acknowledged),
        ),
      );
      const store = sqliteStore({ file });
      const found = await readAll(store);
      await store.close();
      expect([...acknowledged].filter(([key, writeId]) => found.get(key) !== writeId)).toEqual([]);
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(ROUNDS * WRITERS * 30);
    const database = new DatabaseSync(file);
    expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    database.close();
  }, 60_000);
});
