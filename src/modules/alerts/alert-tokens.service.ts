/**
 * Makes and revokes the addresses at which alerts arrive, and sets the rules of their sources.
 * Keeps: an address is told once and stored as a hash; each act is one transaction with its audit row; a provider speaks
 * for the own sources only, and somebody else's is not found.
 */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database, violatedConstraint } from '../../platform/database/database.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { SourcesRepository } from '../signals/sources.repository.js';
import { type AlertRules, AlertTokensRepository, type TokenRow, type Viewer } from './alert-tokens.repository.js';
import { alertError } from './alerts.errors.js';

/** What every address begins with, so that it is recognised where it should not be. */
export const TOKEN_MARK = 'vza_';

export const MAX_TOKENS = 50;

const SHOWN = TOKEN_MARK.length + 6;

export interface TokenWish {
  /** Without it the provider's own source. */
  readonly sourceId: number | undefined;
  readonly label: string;
  readonly oldName: string | null;
  readonly secret: string | null;
  readonly addresses: readonly string[];
}

export const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Secrets are hashed apart from addresses: one never stands for the other. */
export const secretHashOf = (secret: string): Buffer => hashOf(`alert secret ${secret}`);

export function viewerOf({ role, userId }: UserCaller): Viewer {
  return { ownerId: role === 'admin' ? null : userId };
}

@Injectable()
export class AlertTokens {
  constructor(
    private readonly tokens: AlertTokensRepository,
    private readonly sources: SourcesRepository,
    private readonly audit: AuditTrail,
    private readonly database: Database,
    private readonly randomness: Randomness,
  ) {}

  list(caller: UserCaller, sourceId: number | undefined): Promise<TokenRow[]> {
    return this.tokens.list(viewerOf(caller), sourceId ?? null);
  }

  /** Throws 400 for a name without a guard, 404 for a source that is not the caller's, 409 for a name that is taken. */
  async make(caller: UserCaller, wish: TokenWish): Promise<{ row: TokenRow; token: string }> {
    if (wish.oldName !== null && wish.secret === null && wish.addresses.length === 0)
      throw alertError('ALERT_NAME_OPEN');
    const token = `${TOKEN_MARK}${this.randomness.token(32)}`;
    try {
      const row = await this.database.transaction(async () => {
        const sourceId = await this.#source(caller, wish.sourceId);
        if ((await this.tokens.count(sourceId)) >= MAX_TOKENS) throw alertError('ALERT_TOKEN_LIMIT');
        const made = await this.tokens.add(sourceId, {
          label: wish.label,
          prefix: token.slice(0, SHOWN),
          tokenHash: hashOf(token),
          oldName: wish.oldName?.toLowerCase() ?? null,
          secretHash: wish.secret === null ? null : secretHashOf(wish.secret),
          addresses: wish.addresses,
          madeBy: caller.userId,
        });
        await this.#record(caller, 'alerts.address', sourceId, { prefix: made.prefix, old_name: made.old_name });
        return made;
      });
      return { row, token };
    } catch (error) {
      if (violatedConstraint(error) === 'ix_alert_tokens_old_name') throw alertError('ALERT_NAME_TAKEN');
      throw error;
    }
  }

  async revoke(caller: UserCaller, id: number): Promise<void> {
    await this.database.transaction(async () => {
      const row = await this.tokens.revoke(viewerOf(caller), id);
      if (row === undefined) throw alertError('ALERT_TOKEN_NOT_FOUND');
      await this.#record(caller, 'alerts.address_revoke', row.source_id, {
        prefix: row.prefix,
        old_name: row.old_name,
      });
    });
  }

  async rules(caller: UserCaller, sourceId: number): Promise<AlertRules> {
    return this.database.transaction(async () => {
      await this.#source(caller, sourceId);
      return this.tokens.rules(sourceId);
    });
  }

  /** Only what is named changes. */
  async setRules(caller: UserCaller, sourceId: number, change: Partial<AlertRules>): Promise<AlertRules> {
    return this.database.transaction(async () => {
      await this.#source(caller, sourceId);
      const before = await this.tokens.rules(sourceId);
      const named = Object.entries(change).filter(([, value]) => value !== undefined);
      const after: AlertRules = { ...before, ...(Object.fromEntries(named) as Partial<AlertRules>) };
      await this.tokens.setRules(sourceId, after);
      await this.#record(caller, 'alerts.rules', sourceId, { ...after }, { ...before });
      return after;
    });
  }

  /** The source that is meant, locked. Throws 404. */
  async #source(caller: UserCaller, sourceId: number | undefined): Promise<number> {
    const { userId, role } = caller;
    if (sourceId === undefined && role === 'provider') {
      const own = {
        code: `provider:${userId}`,
        kind: 'provider',
        name: `Provider ${userId}`,
        ownerId: userId,
      } as const;
      return (await this.sources.ensure(own)).id;
    }
    const isFound = sourceId !== undefined && (await this.tokens.lockSource(viewerOf(caller), sourceId));
    if (!isFound) throw alertError('ALERT_SOURCE_NOT_FOUND');
    return sourceId;
  }

  #record(
    { userId }: UserCaller,
    action: string,
    sourceId: number,
    after: Readonly<Record<string, unknown>>,
    before?: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const subject = `source:${sourceId}`;
    return this.audit.record({ actorKind: 'user', actorId: userId, action, subject, before, after });
  }
}
