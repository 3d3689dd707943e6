/** What an invocation knows of the marks of changed paths, besides their records. */
export class VersionMarks {
  /** Ids of marks without a record at whose place older code had passed. */
  readonly passed: Set<string> = new Set();
  /** Those that are being recorded, by id. */
  readonly sent: Map<string, Promise<boolean>> = new Map();
}
