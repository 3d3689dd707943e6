/** What records and events have in common. */
interface Named {
  Id?: string | undefined;
  Name?: string | undefined;
  ParentId?: string | undefined;
}

/** Names for the screen: what user code did not name goes by the name of the context around it, else by its id. */
export function namesOf(operations: readonly Named[]): (operation: Named) => string {
  const given = new Map(operations.map(({ Id, Name }) => [Id, Name]));
  return ({ Id = '', Name, ParentId }) => Name ?? given.get(ParentId ?? '') ?? Id;
}
