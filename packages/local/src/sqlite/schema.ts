import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '@middy-durable/backend';

/** "mdur" in the header of every store file: tells ours from another program's SQLite database. */
export const APPLICATION_ID = 0x6d647572;

/** What this code writes. A file of a higher version is left alone. */
export const SCHEMA_VERSION = 3;

/** A name belongs to one run at most that nobody has replaced: those have '' for who did. */
const RUNS = `
  CREATE TABLE runs (
    run_id        TEXT PRIMARY KEY,
    arn           TEXT NOT NULL,
    function_name TEXT NOT NULL,
    name          TEXT NOT NULL,
    input_hash    TEXT NOT NULL,
    status        TEXT NOT NULL,
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    sequence      INTEGER NOT NULL,
    due_at        INTEGER,
    lease_until   INTEGER,
    ordinary      INTEGER NOT NULL DEFAULT 0,
    replaced_by   TEXT NOT NULL DEFAULT '',
    blocked       TEXT,
    UNIQUE (function_name, name, replaced_by)
  ) STRICT;
  CREATE INDEX runs_by_start ON runs (started_at, run_id);
  CREATE INDEX runs_due ON runs (due_at) WHERE due_at IS NOT NULL;
`;

/** One at most of each run: what it says is in the items. */
const SNAPSHOTS = `
  CREATE TABLE snapshots (
    run_id   TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    text     TEXT NOT NULL
  ) STRICT;
`;

const TABLES = `${RUNS}
  CREATE TABLE items (
    run_id       TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    write_id     TEXT NOT NULL,
    client_token TEXT,
    events       TEXT NOT NULL,
    opens        TEXT,
    absorbs      TEXT,
    PRIMARY KEY (run_id, sequence)
  ) STRICT;

  CREATE TABLE outside_items (
    run_id       TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('open', 'settled', 'absorbed', 'closed')),
    heartbeat_at INTEGER,
    outcome      TEXT,
    settled_at   INTEGER,
    PRIMARY KEY (run_id, operation_id)
  ) STRICT;
  CREATE INDEX outside_settled ON outside_items (run_id, settled_at) WHERE state = 'settled';
${SNAPSHOTS}`;

/** Version 1 had no replaced runs, and its constraint forbids them. */
const FROM_VERSION_1 = `
  DROP INDEX runs_by_start;
  DROP INDEX runs_due;
  ALTER TABLE runs RENAME TO runs_of_version_1;
  ${RUNS}
  INSERT INTO runs SELECT *, '', NULL FROM runs_of_version_1;
  DROP TABLE runs_of_version_1;
${SNAPSHOTS}`;

/** Version 2 did not note what blocks a run, and had no snapshots. */
const FROM_VERSION_2 = `
  ALTER TABLE runs ADD COLUMN blocked TEXT;
${SNAPSHOTS}`;

/** What brings a file of that version up to date; 0 is an empty one. */
const UPGRADES: readonly string[] = [TABLES, FROM_VERSION_1, FROM_VERSION_2];

interface Identity {
  applicationId: number;
  version: number;
  tables: number;
}

/**
 * Makes the tables in an empty file, brings those of an older version up to date, and accepts a file that has them.
 *
 * @throws StoreError for a file of another program or of a newer version; such a file is only read, never changed.
 */
export function prepareSchema(database: DatabaseSync, file: string): void {
  // Looked at before anything is written: the journal mode alone would change a stranger's file.
  const known = accept(identify(database), file) === SCHEMA_VERSION;
  const { journal_mode: mode } = database.prepare('PRAGMA journal_mode').get() as { journal_mode: string };
  if (mode !== 'wal') database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = FULL');
  if (known) return;

  database.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have made the tables since the first look.
    const version = accept(identify(database), file);
    if (version < SCHEMA_VERSION) {
      database.exec(UPGRADES[version] as string);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** The version of the file's tables, 0 for an empty file. */
function accept({ applicationId, version, tables }: Identity, file: string): number {
  if (tables === 0 && version === 0) return 0;
  if (applicationId !== APPLICATION_ID) {
    throw new StoreError(
      `The file ${file} is an SQLite database of another program. It was not changed; name another file for the store.`,
    );
  }
  if (version > SCHEMA_VERSION) {
    throw new StoreError(
      `The store file ${file} was written by a newer version (schema ${version}, this one knows ${SCHEMA_VERSION}). ` +
        'It was not changed; update @middy-durable/local, or name another file.',
    );
  }
  return version;
}

function identify(database: DatabaseSync): Identity {
  return database
    .prepare(
      `SELECT (SELECT application_id FROM pragma_application_id) AS applicationId,
              (SELECT user_version FROM pragma_user_version) AS version,
              (SELECT COUNT(*) FROM sqlite_master) AS tables`,
    )
    .get() as unknown as Identity;
}
