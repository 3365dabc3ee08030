/**
 * Stores what all followers of a signal share, once for each distinct content.
 * Keeps: reads before it writes, so that pages which share a context do not wait for each other's transactions.
 */
import { Injectable } from '@nestjs/common';
import type { SharedFacts } from '../../../domain/risk/facts.js';
import { Clock } from '../../../platform/clock/clock.js';
import { Database } from '../../../platform/database/database.js';

const FIND = 'SELECT id FROM decision_contexts WHERE signal_id = $1 AND digest = md5($2)';

const MAKE = `
  INSERT INTO decision_contexts (signal_id, digest, context, created_at) VALUES ($1, md5($2), $2::jsonb, $3)
  ON CONFLICT (signal_id, digest) DO NOTHING RETURNING id`;

@Injectable()
export class DecisionContextsRepository {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** The id of this content; it is stored when it is new. */
  async idOf(signalId: number, shared: SharedFacts): Promise<number> {
    const content = JSON.stringify(shared);
    const found = (await this.#find(signalId, content)) ?? (await this.#make(signalId, content));
    // Nothing made: another transaction did so meanwhile, and has committed.
    const id = found ?? (await this.#find(signalId, content));
    if (id === undefined) throw new Error(`the decision context of signal ${signalId} could not be stored`);
    return id;
  }

  async #make(signalId: number, content: string): Promise<number | undefined> {
    return (await this.database.first<{ id: number }>(MAKE, [signalId, content, this.clock.now()]))?.id;
  }

  async #find(signalId: number, content: string): Promise<number | undefined> {
    const name = 'decision_context_find';
    return (await this.database.first<{ id: number }>(FIND, [signalId, content], { name }))?.id;
  }
}
