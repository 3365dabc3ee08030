/**
 * What an access token may do, remembered for a few seconds so that guarded routes cost neither query nor signature.
 * Keeps: any change of a user's role, verification, state, sessions or plan is announced by the database and forgets the
 * entries, on every replica; the replica that made the change forgets before it answers (of a plan: a moment later). Nothing is remembered while no
 * announcement can come; an entry lives no longer than `LIFETIME_MS`, and never beyond its token.
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Notifications } from '../../platform/database/notifications.js';
import type { UserCaller } from '../../platform/http/caller.js';
import type { Role } from '../users/user.entity.js';
import { ACCESS_CHANNEL } from './sessions.repository.js';
import type { ReadClaims } from './tokens.service.js';

const LIFETIME_MS = 5_000;
const MAX_ENTRIES = 50_000;

interface AccessRow {
  readonly role: Role;
  readonly is_verified: boolean;
  readonly subscription_type: Tier;
  readonly subscription_expires_at: Date | null;
}

interface Entry {
  readonly caller: UserCaller;
  readonly readAtMs: number;
  readonly expiresAt: Date;
}

const READ = `
  SELECT u.role, u.is_verified, u.subscription_type, u.subscription_expires_at FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 AND u.disabled_at IS NULL`;

@Injectable()
export class AccessCache implements OnModuleInit {
  readonly #entries = new Map<string, Entry>();
  readonly #tokensOf = new Map<number, Set<string>>();
  /** Counts what was forgotten, so that a read that began before is not remembered after. */
  #forgotten = 0;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly notifications: Notifications,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  onModuleInit(): void {
    this.notifications.subscribe(ACCESS_CHANNEL, (payload) => this.forget(Number(payload)));
    this.notifications.onDisconnect(() => this.#clear());
  }

  /** The caller behind a token that was admitted a moment ago. */
  recall(token: string): UserCaller | undefined {
    const known = this.#entries.get(token);
    if (known === undefined || this.clock.monotonicMs() - known.readAtMs >= LIFETIME_MS) return undefined;
    return this.clock.now() < known.expiresAt ? known.caller : undefined;
  }

  /** The caller behind a valid token's session, or undefined when it may do nothing any more. */
  async admit(token: string, claims: ReadClaims): Promise<UserCaller | undefined> {
    const { userId, sessionId, expiresAt } = claims;
    const readAtMs = this.clock.monotonicMs();
    const forgotten = this.#forgotten;
    const hears = this.notifications.connected;
    const row = await this.database.first<AccessRow>(READ, [sessionId, userId, this.clock.now()], {
      name: 'access_read',
    });
    if (row === undefined) return undefined;
    const isVerified = row.is_verified || !this.config.auth.REQUIRE_EMAIL_VERIFICATION;
    const subscription = { tier: row.subscription_type, expiresAt: row.subscription_expires_at };
    const caller: UserCaller = { kind: 'user', userId, sessionId, role: row.role, isVerified, subscription };
    if (hears && forgotten === this.#forgotten) this.#remember(token, { caller, readAtMs, expiresAt });
    return caller;
  }

  /** Forgets a user here, after the commit of what changed; other replicas learn by the announcement. */
  forget(userId: number): void {
    this.#forgotten += 1;
    for (const token of this.#tokensOf.get(userId) ?? []) this.#entries.delete(token);
    this.#tokensOf.delete(userId);
  }

  #remember(token: string, entry: Entry): void {
    if (this.#entries.size >= MAX_ENTRIES) this.#clear();
    this.#entries.set(token, entry);
    const { userId } = entry.caller;
    this.#tokensOf.set(userId, (this.#tokensOf.get(userId) ?? new Set()).add(token));
  }

  #clear(): void {
    this.#forgotten += 1;
    this.#entries.clear();
    this.#tokensOf.clear();
  }
}
