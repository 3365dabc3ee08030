/**
 * Asks the database whether every invariant holds.
 * Keeps: reads only; each statement sees one moment, so nothing that is half-way is ever reported.
 */
import { Injectable } from '@nestjs/common';
import { Database } from '../../../platform/database/database.js';
import type { QueryInvariant, RowInvariant, Violation } from './invariant.js';
import { daysBefore, LEAST_DAYS_KEPT } from '../../../domain/archive/archive-horizon.js';
import { ARCHIVE_INVARIANTS } from './archive-invariants.repository.js';
import { EDIT_INVARIANTS } from './edit-invariants.repository.js';
import { LEDGER_INVARIANTS } from './ledger-invariants.repository.js';
import { MONEY_INVARIANTS } from './money-invariants.repository.js';
import {
  ACCOUNT_FACTS,
  ACCOUNT_INVARIANTS,
  POSITION_INVARIANTS,
  positionFacts,
} from './position-invariants.repository.js';
import { SYSTEM_INVARIANTS } from './system-invariants.repository.js';

const QUERIES: readonly QueryInvariant[] = [
  ...SYSTEM_INVARIANTS,
  ...EDIT_INVARIANTS,
  ...LEDGER_INVARIANTS,
  ...MONEY_INVARIANTS,
  ...ARCHIVE_INVARIANTS,
];

/** Every name, for a metric that shows zeros too. */
export const INVARIANT_NAMES: readonly string[] = [...POSITION_INVARIANTS, ...ACCOUNT_INVARIANTS, ...QUERIES].map(
  ({ name }) => name,
);

/** Rows of one statement that are reported at most. */
const AT_MOST = 1_000;

interface BrokenRow {
  readonly subject: string;
  readonly detail: string;
  readonly names: readonly string[];
}

@Injectable()
export class InvariantsRepository {
  constructor(private readonly database: Database) {}

  /** What is broken now among everything live and what ended since `since` (undefined: ever). Empty when all is well. */
  async violations(since: Date | undefined, now: Date): Promise<Violation[]> {
    const from = since ?? '-infinity';
    const isWhole = since === undefined || since < daysBefore(now, LEAST_DAYS_KEPT);
    const found = [
      ...(await this.#rows(
        positionFacts(isWhole ? 'all_' : ''),
        POSITION_INVARIANTS,
        `'position:' || (p).id, (p).status || ' qty ' || (p).qty || ' remaining ' || (p).remaining_qty`,
        [from, now],
      )),
      ...(await this.#rows(
        ACCOUNT_FACTS,
        ACCOUNT_INVARIANTS,
        `'account:' || (a).id, 'margin ' || (a).margin_used || ' of ' || margin || ', open ' || (a).open_positions || ' of ' || live`,
        [],
      )),
    ];
    for (const { name, sql } of QUERIES) {
      const rows = await this.database.query<Omit<Violation, 'name'>>(
        `SELECT subject, detail FROM (${sql}) AS found
         WHERE $1::timestamptz IS NOT NULL AND $2::timestamptz IS NOT NULL LIMIT ${AT_MOST}`,
        [from, now],
      );
      found.push(...rows.map((row) => ({ name, ...row })));
    }
    return found;
  }

  /** One statement for all conditions over the same facts. */
  async #rows(
    facts: string,
    invariants: readonly RowInvariant[],
    says: string,
    params: unknown[],
  ): Promise<Violation[]> {
    const cases = invariants.map(({ name, brokenWhen }) => `CASE WHEN ${brokenWhen} THEN '${name}' END`);
    const rows = await this.database.query<BrokenRow>(
      `${facts}, judged (subject, detail, names) AS (
         SELECT ${says}, array_remove(ARRAY[${cases.join(', ')}], NULL) FROM fact)
       SELECT subject, detail, names FROM judged WHERE names <> '{}' LIMIT ${AT_MOST}`,
      params,
    );
    return rows.flatMap(({ subject, detail, names }) => names.map((name) => ({ name, subject, detail })));
  }
}
