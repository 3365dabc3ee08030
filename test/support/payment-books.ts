/** What must always be true of customers' money: the product's own invariants of payments. */
import { InvariantsRepository } from '../../src/modules/ops/invariants/invariants.repository.js';
import type { Database } from '../../src/platform/database/database.js';

/** Empty when all is right. */
export async function wrongBooks(database: Database): Promise<string[]> {
  const found = await new InvariantsRepository(database).violations(undefined, new Date());
  return found
    .filter(({ name }) => name.startsWith('payment.'))
    .map(({ name, subject, detail }) => `${name}: ${subject} ${detail}`);
}
