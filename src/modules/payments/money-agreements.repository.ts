/**
 * Stores agreements to refunds and payouts. Keeps: only those of the last day, of people who are administrators now, count.
 */
import { Injectable } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import type { AgreedAct } from './money-agreement.entity.js';

/** So long an agreement waits to be used. */
const LASTS_MS = 86_400_000;

@Injectable()
export class MoneyAgreementsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** Again: from now on. */
  async add(act: AgreedAct, subjectId: number, adminId: number): Promise<void> {
    await this.database.execute(
      `INSERT INTO money_agreements (act, subject_id, agreed_by_id, agreed_at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (act, subject_id, agreed_by_id) DO UPDATE SET agreed_at = $4`,
      [act, subjectId, adminId, this.clock.now()],
    );
  }

  /** Uses up what was agreed to, in the running transaction; answers who else than `adminId` had agreed, if anybody. */
  async use(act: AgreedAct, subjectId: number, adminId: number): Promise<number | undefined> {
    const rows = await this.database.query<{ agreed_by_id: number; counts: boolean }>(
      `DELETE FROM money_agreements a USING users u WHERE a.act = $1 AND a.subject_id = $2 AND u.id = a.agreed_by_id
       RETURNING a.agreed_by_id, u.role = 'admin' AND u.disabled_at IS NULL AND a.agreed_at > $3 AS counts`,
      [act, subjectId, new Date(this.clock.now().getTime() - LASTS_MS)],
    );
    return rows.find(({ agreed_by_id: by, counts }) => counts && by !== adminId)?.agreed_by_id;
  }
}
