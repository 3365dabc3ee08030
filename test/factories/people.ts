/**
 * Makes people through the repository and signs them in through the API.
 */
import { hash } from '@node-rs/argon2';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import request from 'supertest';
import type { Tier } from '../../src/domain/subscription/plans.js';
import type { Role } from '../../src/modules/users/user.entity.js';
import { UsersRepository } from '../../src/modules/users/users.repository.js';
import { Database } from '../../src/platform/database/database.js';

export const PASSWORD = 'correct horse battery';

/** A hash says itself what it costs to check: most people of the tests are not there to prove how much that is. */
const cheapHash = hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });

export interface Person {
  readonly id: number;
  readonly email: string;
  readonly token: string;
  readonly refreshToken: string;
  /** The header that signs a request in. */
  readonly auth: { readonly Authorization: string };
}

let count = 0;

export interface PersonOptions {
  readonly role?: Role;
  readonly isVerified?: boolean;
  /** Columns of `user_settings` to set. */
  readonly settings?: Readonly<Record<string, string | number | boolean | string[]>>;
  readonly autoTrade?: boolean;
  /** TRIAL without it. */
  readonly plan?: Tier;
}

export async function makePerson(app: NestFastifyApplication, options: PersonOptions = {}): Promise<Person> {
  count += 1;
  const email = `person${count}@example.com`;
  const passwordHash = await cheapHash;
  const isVerified = options.isVerified ?? true;
  const user = await app
    .get(UsersRepository)
    .create({ email, passwordHash, fullName: `Person ${count}`, role: options.role ?? 'user', isVerified: true });
  if (user === undefined) throw new Error(`${email} is taken`);
  const database = app.get(Database);
  const answer = await request(app.getHttpServer()).post('/api/auth/login').send({ email, password: PASSWORD });
  const { access_token: token, refresh_token: refreshToken } = answer.body as {
    access_token: string;
    refresh_token: string;
  };
  await database.query(
    'UPDATE users SET auto_trade_enabled = $2, is_verified = $3, subscription_type = $4 WHERE id = $1',
    [user.id, options.autoTrade ?? false, isVerified, options.plan ?? 'TRIAL'],
  );
  for (const [column, value] of Object.entries(options.settings ?? {})) {
    await database.query(`UPDATE user_settings SET ${column} = $2 WHERE user_id = $1`, [user.id, value]);
  }
  return { id: user.id, email, token, refreshToken, auth: { Authorization: `Bearer ${token}` } };
}

/** For tests whose clock leaps: the person's sessions count as having lately shown who they are, for good. */
export async function neverAskAgain(database: Database, { id }: Person): Promise<void> {
  await database.query(`UPDATE sessions SET authenticated_at = '2100-01-01' WHERE user_id = $1`, [id]);
}

/** `count` followers with auto-trading on, made in SQL; they cannot sign in. Answers the id of the first. */
export async function makeFollowers(
  database: Database,
  count: number,
  perTradeUsdt = '5',
  leverage = 10,
): Promise<number> {
  const rows = await database.query<{ id: number }>(
    `WITH made AS (
       INSERT INTO users (email, password_hash, role, is_verified, auto_trade_enabled, referral_code, created_at, updated_at)
       SELECT 'follower' || gen_random_uuid() || '@example.com', '-', 'user', true, true, 'VZK' || gen_random_uuid(), now(), now()
       FROM generate_series(1, $1::int) RETURNING id
     ), settled AS (
       INSERT INTO user_settings (user_id, per_trade_usdt, leverage, max_concurrent_trades, updated_at)
       SELECT id, $2::numeric, $3::int, 50, now() FROM made
     ), account AS (
       INSERT INTO accounts (user_id, exchange, balance, created_at, updated_at) SELECT id, 'paper', 10000, now(), now() FROM made
     )
     SELECT min(id) AS id FROM made`,
    [count, perTradeUsdt, leverage],
  );
  return rows[0]?.id ?? 0;
}
