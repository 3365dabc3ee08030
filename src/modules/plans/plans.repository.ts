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

@Injectable()
export class PlansRepository {
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
    const stored = await this.#idOfDigest(digest);
    if (stored !== undefined) {
      remember(this.#ids, digest, stored);
      return stored;
    }
    await this.database.execute(
      'INSERT INTO plans (digest, body, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
      [digest, text, this.clock.now()],
    );
    const id = await this.#idOfDigest(digest);
    if (id === undefined) throw new Error('the plan could not be stored');
    return id;
  }

  async body(id: number): Promise<PlanBody | undefined> {
    const row = await this.database.first<{ body: PlanBody }>('SELECT body FROM plans WHERE id = $1', [id]);
    return row?.body;
  }

  /** The rules of each of these plans. */
  async rulesOf(ids: Iterable<number>): Promise<ReadonlyMap<number, PositionPlan>> {
    const wanted = [...new Set(ids)];
    const missing = wanted.filter((id) => !this.#rules.has(id));
    if (missing.length > 0) {
      const sql = `SELECT id, body -> 'rules' AS rules FROM plans WHERE id = ANY ($1::bigint[])`;
      const rows = await this.database.query<{ id: number; rules: unknown }>(sql, [missing], { name: 'plans_rules' });
      for (const { id, rules } of rows) remember(this.#rules, id, readRules(rules));
    }
    return this.#rules;
  }

  async #idOfDigest(digest: string): Promise<number | undefined> {
    const sql = 'SELECT id FROM plans WHERE digest = $1';
    return (await this.database.first<{ id: number }>(sql, [digest], { name: 'plans_id' }))?.id;
  }
}

/** The oldest is forgotten first. */
function remember<K, V>(known: Map<K, V>, key: K, value: V): void {
  known.set(key, value);
  if (known.size <= REMEMBERED) return;
  const oldest = known.keys().next();
  if (oldest.done !== true) known.delete(oldest.value);
}
