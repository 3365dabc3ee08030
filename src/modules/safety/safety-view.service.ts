/**
 * What this process knows of switches and breakers, for answers and for hints; decisions ask the database (`SafetyGate`).
 * Keeps: brought up to date by a notification within moments, and by a look at the epoch every half second when one is
 * lost; listeners hear of every change, after it is known here.
 */
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { atTime } from '../../domain/safety/circuit-breaker.js';
import { isInForce, type SwitchScope } from '../../domain/safety/switches.js';
import { type Cancel, Clock } from '../../platform/clock/clock.js';
import { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import { type BreakerRow, BreakersRepository, breakerState } from './breakers.repository.js';
import { SAFETY_CHANNEL, SafetyLock } from './safety-lock.repository.js';
import { type SwitchRow, SwitchesRepository } from './switches.repository.js';

const POLL_MS = 500;

export interface SafetyStatus {
  /** No switch and no breaker of the platform stands in the way of new entries. */
  readonly isTradingAllowed: boolean;
  readonly kill_switch: { active: boolean; mode: string | null; reason: string | null; activated_at: string | null };
  readonly trading_pause: { active: boolean; reason: string | null; until: string | null };
  readonly circuit_breaker: {
    active: boolean;
    state: string;
    reason: string | null;
    tripped_at: string | null;
    until: string | null;
    /** Accounts whose own breaker is not closed. */
    accounts: number;
  };
  /** Switches in force, by scope. */
  readonly switches: Partial<Record<SwitchScope, number>>;
}

interface Known {
  readonly epoch: number;
  readonly platform: SwitchRow | undefined;
  readonly counts: Partial<Record<SwitchScope, number>>;
  readonly breaker: BreakerRow | undefined;
  readonly tripped: number;
}

const NOTHING: Known = { epoch: -1, platform: undefined, counts: {}, breaker: undefined, tripped: 0 };

export interface SafetyViewParts {
  readonly switches: SwitchesRepository;
  readonly breakers: BreakersRepository;
  readonly lock: SafetyLock;
  readonly notifications: Notifications;
  readonly clock: Clock;
  readonly logger: Logger;
}

@Injectable()
export class SafetyView implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #listeners: (() => void)[] = [];
  #known = NOTHING;
  #reading: Promise<void> | undefined;
  #again = false;
  #stop: Cancel | undefined;

  constructor(private readonly parts: SafetyViewParts) {}

  async onApplicationBootstrap(): Promise<void> {
    const { notifications, clock } = this.parts;
    notifications.subscribe(SAFETY_CHANNEL, () => void this.refresh());
    notifications.onConnect(() => void this.refresh());
    this.#stop = clock.every(POLL_MS, () => void this.refresh());
    await this.refresh();
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }

  /** Grows with every change that this process knows of. */
  get epoch(): number {
    return this.#known.epoch;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The status after everything that was committed before the call, as far as the database can be read. */
  async latest(): Promise<SafetyStatus> {
    // The first may be a look that was under way before.
    await this.refresh();
    await this.refresh();
    return this.status();
  }

  status(): SafetyStatus {
    const now = this.parts.clock.now();
    const { platform, breaker, counts, tripped } = this.#known;
    const item = platform !== undefined && isInForce({ expiresAt: platform.expires_at }, now) ? platform : undefined;
    const kill = item?.expires_at === null ? item : undefined;
    const pause = item !== undefined && item.expires_at !== null ? item : undefined;
    const state = breaker === undefined ? 'closed' : atTime(breakerState(breaker), now).status;
    return {
      isTradingAllowed: item === undefined && state !== 'open',
      kill_switch: {
        active: kill !== undefined,
        mode: kill?.mode ?? null,
        reason: kill?.reason ?? null,
        activated_at: kill?.set_at.toISOString() ?? null,
      },
      trading_pause: {
        active: pause !== undefined,
        reason: pause?.reason ?? null,
        until: pause?.expires_at?.toISOString() ?? null,
      },
      circuit_breaker: {
        active: state !== 'closed',
        state,
        reason: breaker?.reason ?? null,
        tripped_at: breaker?.tripped_at?.toISOString() ?? null,
        until: state === 'open' ? (breaker?.until?.toISOString() ?? null) : null,
        accounts: tripped,
      },
      switches: counts,
    };
  }

  /** Reads what has changed; never throws: what was known stays known while the database is away. */
  refresh(): Promise<void> {
    this.#again = this.#reading !== undefined;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      if (this.#again) void this.refresh();
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { lock, switches, breakers, clock, logger } = this.parts;
    try {
      const epoch = await lock.epoch();
      if (epoch === this.#known.epoch) return;
      const [platform] = await switches.list(null, { active: true, scope: 'platform', beforeId: null, limit: 1 });
      const breaker = await breakers.find('platform', '');
      const counts = await switches.counts(clock.now());
      this.#known = { epoch, platform, counts, breaker, tripped: await breakers.countOpen() };
    } catch (error) {
      logger.warn('the state of safety could not be read and will be tried again', { error });
      return;
    }
    for (const listener of this.#listeners) listener();
  }
}
