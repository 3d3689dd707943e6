import { DatabaseSync } from 'node:sqlite';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { GroupCommit } from './group-commit.ts';

describe('GroupCommit', () => {
  let database: DatabaseSync;
  let statements: string[];
  let inPlace: () => void;
  let commits: GroupCommit;

  beforeEach(() => {
    database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t (v INTEGER PRIMARY KEY)');
    statements = [];
    inPlace = () => {};
    const exec = database.exec.bind(database);
    database.exec = (sql) => {
      statements.push(sql);
      exec(sql);
    };
    commits = new GroupCommit({ database, assertInPlace: () => inPlace() });
  });

  const insert = (value: number) => () => {
    database.prepare('INSERT INTO t VALUES (?)').run(value);
    return value;
  };
  const values = () =>
    database
      .prepare('SELECT v FROM t ORDER BY v')
      .all()
      .map((row) => row.v);
  const count = (statement: string) => statements.filter((text) => text === statement).length;

  it('commits the writes of one turn together', async () => {
    expect(await Promise.all([1, 2, 3].map((value) => commits.run(insert(value))))).toEqual([1, 2, 3]);
    expect(values()).toEqual([1, 2, 3]);
    expect(count('COMMIT')).toBe(1);
    await commits.run(insert(4));
    expect(count('COMMIT')).toBe(2);
  });

  it('decides each write by itself: what a failed one changed is undone, the others stay', async () => {
    const failing = () => {
      insert(2)();
      throw new Error('lost the race');
    };
    const outcomes = await Promise.allSettled([
      commits.run(insert(1)),
      commits.run(failing),
      commits.run(insert(1)),
      commits.run(insert(3)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { message: 'lost the race' } });
    expect(values()).toEqual([1, 3]);
    expect(count('COMMIT')).toBe(1);
  });

  it('answers no write whose commit failed', async () => {
    const exec = database.exec;
    database.exec = (sql) => {
      if (sql === 'COMMIT') throw new Error('disk I/O error');
      exec(sql);
    };
    const outcomes = await Promise.allSettled([commits.run(insert(1)), commits.run(insert(2))]);
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.message)).toEqual([
      'disk I/O error',
      'disk I/O error',
    ]);
    database.exec = exec;
    expect(values()).toEqual([]);
    expect(await commits.run(insert(5))).toBe(5);
  });

  it('fails the whole batch when SQLite ended the transaction', async () => {
    const rollsBack = () => {
      database.exec('ROLLBACK');
      throw new Error('database or disk is full');
    };
    const outcomes = await Promise.allSettled([commits.run(insert(1)), commits.run(rollsBack), commits.run(insert(2))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(values()).toEqual([]);
  });

  it('writes nothing to a file that is not in its place', async () => {
    inPlace = () => {
      throw new Error('deleted');
    };
    await expect(commits.run(insert(1))).rejects.toThrow('deleted');
    expect(statements).toEqual([]);
  });

  it('flush commits what is queued at once', async () => {
    const written = commits.run(insert(1));
    commits.flush();
    expect(values()).toEqual([1]);
    await written;
    expect(count('COMMIT')).toBe(1);
  });
});
