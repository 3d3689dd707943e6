import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
  IdempotencyRecordStatus,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, type IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';

/** A table of Powertools idempotency in memory; it outlives processes. */
export class MemoryPersistence extends BasePersistenceLayer {
  readonly records: Map<string, IdempotencyRecord> = new Map();
  readonly #note: (what: string) => void;

  /** @param note is told of every write */
  constructor(note: (what: string) => void) {
    super();
    this.#note = note;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const existing = this.records.get(record.idempotencyKey);
    if (existing) {
      this.#note('refused');
      throw new IdempotencyItemAlreadyExistsError('There is a record.', existing);
    }
    this.#write(record);
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    this.#write(record);
  }

  protected override async _deleteRecord({ idempotencyKey }: IdempotencyRecord): Promise<void> {
    this.#note('DELETED');
    this.records.delete(idempotencyKey);
  }

  protected override async _getRecord(idempotencyKey: string): Promise<IdempotencyRecord> {
    const record = this.records.get(idempotencyKey);
    if (!record) throw new IdempotencyItemNotFoundError('There is no record.');
    return record;
  }

  #write(record: IdempotencyRecord): void {
    this.records.set(record.idempotencyKey, record);
    this.#note(record.getStatus() === IdempotencyRecordStatus.COMPLETED ? 'COMPLETED' : 'INPROGRESS');
  }
}
