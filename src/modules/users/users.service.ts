/**
 * Changes users and their settings, within the platform's limits.
 * Keeps: real leverage and cap limits come from the configuration; each change has its audit row.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { RiskLimits } from '../../domain/risk/limits.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import type { FieldProblem } from '../../platform/errors/app-error.js';
import type { UserCaller } from '../../platform/http/caller.js';
import { invalidInput } from '../../platform/http/validation.js';
import { EXCHANGE_CLIENT, type ExchangeClient } from '../../ports/exchange-client.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { type ProfileChange, type SettingsChange, UserSettingsRepository } from './user-settings.repository.js';
import { userError } from './users.errors.js';
import { UsersRepository } from './users.repository.js';

export interface PreferencesChange {
  readonly settings: SettingsChange;
  readonly auto_trade_enabled: boolean | undefined;
  readonly preferences: Readonly<Record<string, unknown>>;
  /** The fields that stood inside `preferences`, as refusals name them. */
  readonly inside: readonly string[];
}

export interface UsersParts {
  readonly users: UsersRepository;
  readonly settings: UserSettingsRepository;
  readonly audit: AuditTrail;
  readonly database: Database;
  readonly entitlements: Entitlements;
}

@Injectable()
export class UsersService {
  constructor(
    private readonly parts: UsersParts,
    @Inject(EXCHANGE_CLIENT) private readonly client: ExchangeClient,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Throws 400 for what is above the platform's limits, 404 for an unknown user, 409 for one-way with both sides held. */
  async changeSettings(
    userId: number,
    change: SettingsChange,
    caller: UserCaller,
    inside: readonly string[] = [],
  ): Promise<void> {
    const problems = this.#beyondLimits(change);
    const pathOf = (field: string) => (inside.includes(field) ? `preferences.${field}` : field);
    if (problems.length > 0) throw invalidInput(problems.map(({ field, rule }) => ({ field: pathOf(field), rule })));
    await this.parts.database.transaction(async () => {
      const before = await this.parts.settings.find(userId);
      if (before === undefined) throw userError('USER_NOT_FOUND');
      const named = namedIn(change);
      if (named.length === 0) return;
      if (change.position_mode === 'ONE_WAY') await this.#requireOneSide(userId);
      await this.parts.settings.change(userId, change);
      const old = Object.fromEntries(named.map((key) => [key, before[key]]));
      await this.#record('user.settings', userId, caller, old, { ...change });
    });
  }

  /** Changes sizes and limits in one act. Throws 400 for what the platform does not allow, 404 for an unknown user. */
  async changeRisk(
    userId: number,
    sizes: SettingsChange,
    limits: Partial<RiskLimits>,
    caller: UserCaller,
  ): Promise<void> {
    const { settings, database } = this.parts;
    if (typeof limits.time_zone === 'string' && !(await settings.knowsZone(limits.time_zone))) {
      throw invalidInput([{ field: 'time_zone', rule: 'must be a time zone that the database knows' }]);
    }
    await database.transaction(async () => {
      if (Object.keys(sizes).length > 0) await this.changeSettings(userId, sizes, caller);
      const before = await settings.find(userId);
      if (before === undefined) throw userError('USER_NOT_FOUND');
      if (Object.keys(limits).length === 0) return;
      if (!(await settings.changeLimits(userId, limits))) throw userError('USER_NOT_FOUND');
      const names = Object.keys(limits) as (keyof RiskLimits)[];
      const old = Object.fromEntries(names.map((name) => [name, before.risk[name] ?? null]));
      await this.#record('user.limits', userId, caller, old, limits);
    });
  }

  /** Throws 403 where auto-trading is asked for and the user may not have it, 404 for an unknown user. */
  async changeProfile(userId: number, change: ProfileChange, caller: UserCaller): Promise<void> {
    await this.parts.database.transaction(async () => {
      if (change.auto_trade_enabled === true) await this.#requireAutoTrading(userId);
      const before = await this.parts.users.findById(userId);
      if (before === undefined || !(await this.parts.settings.changeProfile(userId, change)))
        throw userError('USER_NOT_FOUND');
      if (Object.values(change).every((value) => value === undefined)) return;
      const { full_name, ...switches } = change;
      const names = (Object.keys(switches) as (keyof typeof switches)[]).filter((name) => switches[name] !== undefined);
      const old = Object.fromEntries(names.map((name) => [name, before[name]]));
      // Names of people outlive them nowhere: the trail says that it changed.
      const renamed = full_name === undefined ? {} : { fields: ['full_name'] };
      await this.#record('user.profile', userId, caller, old, { ...switches, ...renamed });
    });
  }

  /** Everything that may stand in one body of preferences, in one transaction. */
  async changePreferences(userId: number, change: PreferencesChange, caller: UserCaller): Promise<void> {
    const { preferences, auto_trade_enabled, settings, inside } = change;
    await this.parts.database.transaction(async () => {
      await this.changeSettings(userId, settings, caller, inside);
      if (auto_trade_enabled !== undefined) await this.changeProfile(userId, { auto_trade_enabled }, caller);
      if (Object.keys(preferences).length > 0) await this.merge(userId, 'preferences', preferences, caller);
    });
  }

  /** Throws 400 where the whole would become too large, 404 for an unknown user. The audit row names the fields only. */
  async merge(
    userId: number,
    column: 'strategy' | 'preferences',
    values: Readonly<Record<string, unknown>>,
    caller: UserCaller,
  ): Promise<void> {
    await this.parts.database.transaction(async () => {
      const result = await this.parts.settings.merge(userId, column, values, MAX_JSON_BYTES);
      if (result === 'no_user') throw userError('USER_NOT_FOUND');
      if (result === 'too_large') {
        const rule = `must have at most ${MAX_JSON_BYTES} bytes in all; null takes a key away`;
        throw invalidInput([{ field: column, rule }]);
      }
      const fields = Object.keys(values).map((key) => key.slice(0, MAX_AUDITED_NAME));
      await this.#record(`user.${column}`, userId, caller, {}, { fields: fields.slice(0, MAX_AUDITED_FIELDS) });
    });
  }

  /** The same rule by which followers of a signal are refused. */
  async #requireAutoTrading(userId: number): Promise<void> {
    const user = await this.parts.users.findById(userId);
    if (user === undefined) throw userError('USER_NOT_FOUND');
    const { auth } = this.config;
    const { entitlements } = this.parts;
    if (!user.is_verified && auth.REQUIRE_EMAIL_VERIFICATION) {
      throw userError('EMAIL_NOT_VERIFIED', { needs_verification: true });
    }
    const { tier, plan } = entitlements.of(user);
    const tiers = entitlements.autoTradeTiers(this.client.capabilities.mode === 'live' ? 'live' : 'paper');
    if (!tiers.includes(plan.tier)) throw userError('PLAN_WITHOUT_AUTO_TRADING', { plan: tier });
  }

  /** As venues have it: the mode does not change while it would leave a symbol held both ways. */
  async #requireOneSide(userId: number): Promise<void> {
    const symbol = await this.parts.settings.symbolHeldBothWays(userId);
    if (symbol !== undefined) throw userError('POSITION_MODE_IN_USE', { symbol });
  }

  #beyondLimits(change: SettingsChange): FieldProblem[] {
    const { MAX_LEVERAGE, MAX_CONCURRENT_TRADES } = this.config.trading;
    const problems: FieldProblem[] = [];
    if ((change.leverage ?? 1) > MAX_LEVERAGE)
      problems.push({ field: 'leverage', rule: `must be at most ${MAX_LEVERAGE}` });
    if ((change.max_concurrent_trades ?? 1) > MAX_CONCURRENT_TRADES) {
      problems.push({ field: 'max_concurrent_trades', rule: `must be at most ${MAX_CONCURRENT_TRADES}` });
    }
    return problems;
  }

  #record(action: string, userId: number, caller: UserCaller, before: object, after: object): Promise<void> {
    return this.parts.audit.record({
      actorKind: 'user',
      actorId: caller.userId,
      action,
      subject: `user:${userId}`,
      before: { ...before },
      after: { ...after },
    });
  }
}

/** Of a user's whole strategy, and of the whole preferences. */
const MAX_JSON_BYTES = 16_384;

const MAX_AUDITED_FIELDS = 50;

const MAX_AUDITED_NAME = 64;

/** A body holds every field of its class, most of them undefined. */
function namedIn(change: SettingsChange): (keyof SettingsChange)[] {
  return (Object.keys(change) as (keyof SettingsChange)[]).filter((key) => change[key] !== undefined);
}
