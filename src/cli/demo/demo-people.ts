/**
 * The people of a demo: a provider who can sign in, and followers of every kind who cannot.
 * Keeps: addresses are `demo-<batch>-…@example.invalid`, a batch is never used twice; the same seed gives the same
 * settings. Followers of earlier batches, and these after the show, no longer trade.
 */
import type { INestApplicationContext } from '@nestjs/common';
import { SeededRandom } from '../../domain/random/seeded-random.js';
import { PasswordService } from '../../modules/auth/password.service.js';
import type { Tier } from '../../domain/subscription/plans.js';
import { type SettingsChange, UserSettingsRepository } from '../../modules/users/user-settings.repository.js';
import { UsersRepository } from '../../modules/users/users.repository.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database, sqlState } from '../../platform/database/database.js';
import { Randomness } from '../../platform/ids/randomness.js';

export interface DemoFollower {
  readonly isVerified: boolean;
  readonly autoTrade: boolean;
  readonly tier: Tier;
  readonly settings: SettingsChange;
}

export interface DemoProvider {
  readonly id: number;
  readonly email: string;
  readonly password: string;
}

export interface DemoFollowers {
  readonly ids: readonly number[];
  /** How many of them have auto-trading on: each gets one decision per signal. */
  readonly trading: number;
}

/** One of each in every twenty followers; the rest differ in size and leverage only. `symbols` are the demo's. */
const KINDS: readonly ((symbols: readonly string[], size: string) => Partial<DemoFollower>)[] = [
  () => ({ autoTrade: false }),
  () => ({ isVerified: false }),
  () => ({ tier: 'TRIAL' }),
  (symbols) => ({ settings: { symbol_blacklist: symbols.slice(1, 2) } }),
  (symbols) => ({ settings: { symbol_whitelist: symbols.slice(0, 1) } }),
  () => ({ settings: { max_concurrent_trades: 1 } }),
  (_symbols, size) => ({ settings: { capital_usdt: size } }),
  () => ({ settings: { per_trade_usdt: '25000' } }),
  () => ({ settings: { per_trade_usdt: '0.6', leverage: 1 } }),
];
const CYCLE = 20;

const LEVERAGES = [1, 2, 3, 5, 10, 15, 20, 25] as const;
const SIZES = ['10', '15', '20', '25', '40', '50', '75', '100', '150', '250'] as const;
const ATTEMPTS = 3;
const UNIQUE_VIOLATION = '23505';
const DEMO_ADDRESSES = 'demo-%@example.invalid';

/** `count` followers of all kinds; no leverage is above `maxLeverage`. */
export function demoFollowers(
  count: number,
  seed: number,
  symbols: readonly string[],
  maxLeverage: number,
): DemoFollower[] {
  const random = new SeededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T;
  return Array.from({ length: count }, (_none, index) => {
    const size = pick(SIZES);
    const leverage = Math.min(maxLeverage, pick(LEVERAGES));
    const tier = pick(['VIP', 'PREMIUM'] as const);
    const kind = KINDS[index % CYCLE]?.(symbols, size) ?? {};
    const settings = { per_trade_usdt: size, leverage, ...kind.settings };
    return { isVerified: true, autoTrade: true, tier, ...kind, settings };
  });
}

export class DemoPeople {
  readonly #batch: string;

  constructor(private readonly app: INestApplicationContext) {
    this.#batch = app.get(Randomness).hexCode(10).toLowerCase();
  }

  /** Makes somebody who may post signals; the password is only held in memory. */
  async makeProvider(): Promise<DemoProvider> {
    const email = `demo-${this.#batch}-provider@example.invalid`;
    const password = this.app.get(Randomness).token(24);
    const passwordHash = await this.app.get(PasswordService).hash(password);
    const person = { email, passwordHash, fullName: 'Demo provider', role: 'provider' as const, isVerified: true };
    const user = await this.app.get(UsersRepository).create(person);
    if (user === undefined) throw new Error(`${email} is taken`);
    const subject = `user:${user.id}`;
    await this.app.get(AuditTrail).record({ actorKind: 'system', action: 'demo.begin', subject });
    return { id: user.id, email, password };
  }

  /** Takes the provider back: nothing refers to it yet. */
  async removeProvider(provider: DemoProvider): Promise<void> {
    await this.app.get(Database).execute('DELETE FROM users WHERE id = $1', [provider.id]);
  }

  /** Makes all of them or none. */
  async makeFollowers(followers: readonly DemoFollower[]): Promise<DemoFollowers> {
    const database = this.app.get(Database);
    await this.endEarlier();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const ids = await database.transaction(() => this.#insert(followers));
        return { ids, trading: followers.filter((follower) => follower.autoTrade).length };
      } catch (error) {
        // Two referral codes may be drawn alike.
        if (attempt >= ATTEMPTS || sqlState(error) !== UNIQUE_VIOLATION) throw error;
      }
    }
  }

  /** Nobody of any demo trades any more. */
  async endEarlier(): Promise<void> {
    await this.app
      .get(Database)
      .execute(
        'UPDATE users SET auto_trade_enabled = false, updated_at = $2 WHERE email LIKE $1 AND auto_trade_enabled',
        [DEMO_ADDRESSES, this.app.get(Clock).now()],
      );
  }

  async #insert(followers: readonly DemoFollower[]): Promise<number[]> {
    const users = this.app.get(UsersRepository);
    const settings = this.app.get(UserSettingsRepository);
    const ids: number[] = [];
    for (const [index, follower] of followers.entries()) {
      const email = `demo-${this.#batch}-${index + 1}@example.invalid`;
      const { isVerified } = follower;
      // No password has this hash: nobody signs in as a follower.
      const person = { email, passwordHash: '-', fullName: `Demo follower ${index + 1}`, role: 'user' as const };
      const user = await users.create({ ...person, isVerified });
      if (user === undefined) throw new Error(`${email} is taken`);
      await settings.change(user.id, follower.settings);
      ids.push(user.id);
    }
    await this.app.get(Database).execute(
      `UPDATE users SET subscription_type = item.tier, auto_trade_enabled = item.auto_trade
       FROM unnest($1::bigint[], $2::text[], $3::boolean[]) AS item (id, tier, auto_trade) WHERE users.id = item.id`,
      [ids, followers.map(({ tier }) => tier), followers.map(({ autoTrade }) => autoTrade)],
    );
    return ids;
  }
}
