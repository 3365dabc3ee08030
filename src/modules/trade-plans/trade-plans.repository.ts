/**
 * Stores plans by their content and reads them by id.
 * Keeps: the same plan is stored once; a plan never changes, so what was read is remembered (the newest few thousand).
 * An id is remembered only once its row was seen committed.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { PositionPlan } from '../../domain/plan/position-plan.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { type PlanBody, readRules } from './plan-body.js';

const REMEMBERED = 5_000;

const LONGEST_TRANSACTION_MS = 300_000;

@Injectable()
export class TradePlansRepository {
  readonly #rules = new Map<number, PositionPlan>();
  readonly #ids = new Map<string, number>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The id of the plan with this body, stored when it is new. */
  async idOf(body: PlanBody): Promise<number> {
    const text = JSON.stringify(body);
    const digest = createHash('sha256').update(text).digest('hex');
    const known = this.#ids.get(digest);
    if (known !== undefined) return known;
    const stored = (await this.#find(digest)) ?? (await this.#make(digest, text));
    if (this.#isCommitted(stored.created_at)) remember(this.#ids, digest, stored.id);
    return stored.id;
  }

  async body(id: number): Promise<PlanBody | undefined> {
    const row = await this.database.first<{ body: PlanBody }>('SELECT body FROM trade_plans WHERE id = $1', [id]);
    return row?.body;
  }

  /** The bodies of several plans by their ids. */
  async bodies(ids: Iterable<number>): Promise<ReadonlyMap<number, PlanBody>> {
    const sql = 'SELECT id, body FROM trade_plans WHERE id = ANY ($1::bigint[])';
    const rows = await this.database.query<{ id: number; body: PlanBody }>(sql, [[...ids]]);
    return new Map(rows.map(({ id, body }) => [id, body]));
  }

  /** The rules of each of these plans. */
  async rulesOf(ids: Iterable<number>): Promise<ReadonlyMap<number, PositionPlan>> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.#rules.has(id));
    if (missing.length > 0) {
      const sql = `SELECT id, body -> 'rules' AS rules FROM trade_plans WHERE id = ANY ($1::bigint[])`;
      const rows = await this.database.query<{ id: number; rules: unknown }>(sql, [missing], { name: 'plans_rules' });
      for (const { id, rules } of rows) remember(this.#rules, id, readRules(rules));
    }
    return this.#rules;
  }

  async #make(digest: string, text: string): Promise<{ id: number; created_at: Date }> {
    await this.database.execute(
      'INSERT INTO trade_plans (digest, body, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [digest, text, this.clock.now()],
    );
    const made = await this.#find(digest);
    if (made === undefined) throw new Error('the plan could not be stored');
    return made;
  }

  /** A row of the running transaction may still be rolled back; none runs longer than this. */
  #isCommitted(createdAt: Date): boolean {
    return !this.database.isInTransaction || this.clock.now().getTime() - createdAt.getTime() > LONGEST_TRANSACTION_MS;
  }

  #find(digest: string): Promise<{ id: number; created_at: Date } | undefined> {
    const sql = 'SELECT id, created_at FROM trade_plans WHERE digest = $1';
    return this.database.first(sql, [digest], { name: 'plans_id' });
  }
}

/** The oldest is forgotten first. */
function remember<K, V>(known: Map<K, V>, key: K, value: V): void {
  known.set(key, value);
  if (known.size <= REMEMBERED) return;
  const oldest = known.keys().next();
  if (oldest.done !== true) known.delete(oldest.value);
}
