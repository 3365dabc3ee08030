/**
 * What a session may do, remembered for a few seconds so that guarded routes cost no query.
 * Keeps: any change of a user's role, verification, state or sessions is announced and forgets the entry at once, on
 * every replica; without announcements an entry lives no longer than `LIFETIME_MS`.
 */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Notifications } from '../../platform/database/notifications.js';
import type { UserCaller } from '../../platform/http/access.js';
import type { Role } from '../users/user.entity.js';
import { ACCESS_CHANNEL } from './sessions.repository.js';

const LIFETIME_MS = 5_000;
const MAX_ENTRIES = 50_000;

interface Entry {
  readonly caller: UserCaller;
  readonly readAtMs: number;
}

const READ = `
  SELECT u.role, u.is_verified FROM sessions s JOIN users u ON u.id = s.user_id
  WHERE s.id = $1 AND s.user_id = $2 AND s.revoked_at IS NULL AND s.expires_at > $3 AND u.disabled_at IS NULL`;

@Injectable()
export class AccessCache implements OnModuleInit {
  readonly #entries = new Map<string, Entry>();
  readonly #sessionsOf = new Map<number, Set<string>>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly notifications: Notifications,
  ) {}

  onModuleInit(): void {
    this.notifications.subscribe(ACCESS_CHANNEL, (payload) => this.forget(Number(payload)));
    this.notifications.onDisconnect(() => this.#clear());
  }

  /** The caller behind a session, or undefined when it may do nothing any more. */
  async caller(userId: number, sessionId: string): Promise<UserCaller | undefined> {
    const known = this.#entries.get(sessionId);
    const now = this.clock.monotonicMs();
    if (known !== undefined && known.caller.userId === userId && now - known.readAtMs < LIFETIME_MS)
      return known.caller;
    const row = await this.database.first<{ role: Role; is_verified: boolean }>(
      READ,
      [sessionId, userId, this.clock.now()],
      { name: 'access_read' },
    );
    if (row === undefined) return undefined;
    const caller: UserCaller = { kind: 'user', userId, sessionId, role: row.role, isVerified: row.is_verified };
    this.#remember(caller, now);
    return caller;
  }

  /** Forgets a user here; other replicas learn by the announcement. */
  forget(userId: number): void {
    for (const sessionId of this.#sessionsOf.get(userId) ?? []) this.#entries.delete(sessionId);
    this.#sessionsOf.delete(userId);
  }

  #remember(caller: UserCaller, readAtMs: number): void {
    if (this.#entries.size >= MAX_ENTRIES) this.#clear();
    this.#entries.set(caller.sessionId, { caller, readAtMs });
    const sessions = this.#sessionsOf.get(caller.userId) ?? new Set();
    this.#sessionsOf.set(caller.userId, sessions.add(caller.sessionId));
  }

  #clear(): void {
    this.#entries.clear();
    this.#sessionsOf.clear();
  }
}
