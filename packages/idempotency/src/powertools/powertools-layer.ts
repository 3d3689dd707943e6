/** A persistence layer of Powertools: `DynamoDBPersistenceLayer`, or any other that extends its `BasePersistenceLayer`. */
export interface PowertoolsLayer {
  configure(...args: never[]): unknown;
  saveInProgress(...args: never[]): Promise<unknown>;
  saveSuccess(...args: never[]): Promise<unknown>;
  deleteRecord(...args: never[]): Promise<unknown>;
  getRecord(...args: never[]): Promise<unknown>;
}
