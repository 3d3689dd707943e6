/** The failure of a request with what to do about it; a failed condition stays as it is. */
export function explained(tableName: string, request: string, error: unknown): unknown {
  const { name, message } = (error ?? {}) as Partial<Error>;
  if (name === 'ConditionalCheckFailedException') return error;
  const advice = adviceFor(String(name), String(message));
  if (!advice) return error;
  return Object.assign(
    new Error(`${request} on table ${tableName}: ${advice} (${name}: ${message})`, { cause: error }),
    { name },
  );
}

function adviceFor(name: string, message: string): string | undefined {
  if (name === 'ResourceNotFoundException') {
    return "there is no such table in this region and account. Create it, or correct tableName or the client's region.";
  }
  if (/^(AccessDenied|NotAuthorized)/.test(name)) {
    return 'this is not allowed. Give the role dynamodb:PutItem, GetItem and DeleteItem on the table.';
  }
  if (name === 'ValidationException' && /key/i.test(message)) {
    return 'the table has other keys. Say their names: keyAttr, and sortKeyAttr for a table with a sort key.';
  }
  return undefined;
}
