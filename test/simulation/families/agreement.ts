import type { Scope } from '../program/program.ts';

/**
 * Records what code has seen of an outcome that depends on timing. A record that is durable stands behind the outcome,
 * so every replay must see the same one. Takes one id of the scope's context.
 */
export async function agree({ context, hooks, path }: Scope, outcome: unknown): Promise<void> {
  const seen = JSON.stringify(outcome);
  const recorded = await context.step(`${path} outcome`, async () => seen);
  if (recorded === seen) return;
  hooks.violation('an outcome is durable before what follows it', `${path}: ${seen}, recorded: ${recorded}`);
}
