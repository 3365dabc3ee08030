/**
 * The remote configuration in force, held in memory and read anew when another replica changes it.
 * Keeps: a change made here counts before its answer goes out, and on other replicas when they are told; every change is
 * audited with what it replaced; an older answer of the database never replaces a newer one. Maintenance is a state of its
 * own, which a version carries over unless it names it. While the database does not answer, the last known one counts.
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import type { Config } from '../../config/schema.js';
import type { FlagSubject } from '../../domain/rollout/feature-flags.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { type Cancel, Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Notifications } from '../../platform/database/notifications.js';
import { Logger } from '../../platform/logging/logger.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { type AppConfig, baseConfig, configFor, withinPlans, withVersion } from './app-config.js';
import { appConfigError } from './app-config.errors.js';
import { APP_CONFIG_CHANNEL, AppConfigRepository, type StoredConfig } from './app-config.repository.js';
import { type ConfigData, readConfigData } from './config-data.js';

const HASH_LENGTH = 12;

/** It is read anew this often, should an announcement be lost. */
const REREAD_MS = 60_000;

export interface RemoteConfigParts {
  readonly repository: AppConfigRepository;
  readonly entitlements: Entitlements;
  readonly database: Database;
  readonly audit: AuditTrail;
  readonly notifications: Notifications;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface InForce {
  /** What the app is told as its version, and the ETag of everybody who is not signed in. */
  readonly version: string;
  readonly since: Date;
  readonly config: AppConfig;
}

@Injectable()
export class RemoteConfig implements OnModuleInit, OnModuleDestroy {
  readonly #base: AppConfig;
  readonly #baseHash: string;
  #inForce: InForce;
  #activation = 0;
  #stop: Cancel | undefined;

  constructor(
    private readonly parts: RemoteConfigParts,
    @Inject(CONFIG) private readonly config: Config,
  ) {
    this.#base = baseConfig(config);
    this.#baseHash = hashOf(this.#base);
    this.#inForce = { version: this.#baseHash, since: parts.clock.now(), config: this.#base };
  }

  async onModuleInit(): Promise<void> {
    const { notifications, clock } = this.parts;
    notifications.subscribe(APP_CONFIG_CHANNEL, () => void this.#reload());
    notifications.onConnect(() => void this.#reload());
    this.#stop = clock.every(REREAD_MS, () => void this.#reload());
    await this.refresh();
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }

  /** Reads anew what is in force. */
  async refresh(): Promise<void> {
    const stored = await this.parts.repository.active();
    if (stored === undefined || (stored.activation ?? 0) < this.#activation) return;
    this.#activation = stored.activation ?? 0;
    // The settings may have changed since: apps that know the version must not believe they have this content.
    const isAsPublished = stored.baseHash === this.#baseHash;
    this.#inForce = {
      version: isAsPublished ? stored.configVersion : `${stored.configVersion}+${this.#baseHash}`,
      since: stored.activatedAt ?? stored.createdAt,
      config: withVersion(this.#base, stored.configData),
    };
  }

  get inForce(): InForce {
    return this.#inForce;
  }

  /** What one app reads, and the tag of exactly this content. */
  viewFor(subject: FlagSubject | undefined) {
    const { config, version } = this.#inForce;
    const included = withinPlans(config, (plan) => this.parts.entitlements.planNamed(plan));
    const content = configFor(included, subject);
    const plans = included === config ? '' : `.${hashOf(included.subscriptionPlans)}`;
    const own = subject === undefined ? '' : `.${hashOf([content.featureFlags, content.rollout])}`;
    return { content, tag: `${version}${plans}${own}` };
  }

  get isMaintenance(): boolean {
    return this.#inForce.config.uiMessages.maintenance;
  }

  get maintenanceMessage(): string {
    return this.#inForce.config.uiMessages.maintenanceMessage;
  }

  /** Stores a version and puts it in force unless told otherwise. Throws 409 for a name that is taken. */
  async publish(name: string, data: ConfigData, isActive: boolean, adminId: number): Promise<StoredConfig> {
    return this.#change(async () => {
      const { repository } = this.parts;
      const before = await repository.active();
      const kept = isActive ? withMaintenanceOf(before, data) : data;
      const added = await repository.add(name, kept, this.#baseHash, adminId);
      if (added === undefined) throw appConfigError('CONFIG_VERSION_EXISTS');
      const stored = isActive ? await repository.activate(added.id) : added;
      await this.#record(
        isActive ? 'app_config.publish' : 'app_config.draft',
        adminId,
        isActive ? before : undefined,
        added,
      );
      return stored ?? added;
    });
  }

  /**
   * Puts a stored version in force, with the maintenance that is in force: where the version says otherwise, a copy of it.
   * Throws 404 for an unknown one, 400 where its addresses are no longer allowed.
   */
  async activate(id: number, adminId: number): Promise<StoredConfig> {
    return this.#change(async () => {
      const { repository } = this.parts;
      const [before, wanted] = [await repository.active(), await repository.find(id)];
      if (wanted === undefined) throw appConfigError('CONFIG_NOT_FOUND');
      readConfigData(wanted.configData, this.config.app.APP_CONFIG_HOSTS);
      const active = await repository.activate(await this.#carried(wanted, before, adminId));
      if (active === undefined) throw appConfigError('CONFIG_NOT_FOUND');
      await this.#record('app_config.activate', adminId, before, active);
      return active;
    });
  }

  /** What is in force, with maintenance switched. */
  async setMaintenance(isOn: boolean, message: string | undefined, adminId: number): Promise<StoredConfig> {
    return this.#change(async () => {
      const { repository, clock } = this.parts;
      const before = await repository.active();
      const data = before?.configData ?? {};
      const messages = message === undefined ? {} : { maintenanceMessage: message };
      const changed = { ...data, uiMessages: { ...data.uiMessages, maintenance: isOn, ...messages } };
      const name = `maintenance-${isOn ? 'on' : 'off'}-${stamp(clock.now())}`;
      const added = await repository.add(name, changed, before?.baseHash ?? this.#baseHash, adminId);
      const active = added && (await repository.activate(added.id));
      if (added === undefined || active === undefined) throw appConfigError('CONFIG_VERSION_EXISTS');
      await this.#record('app_config.maintenance', adminId, before, added);
      return active;
    });
  }

  /** The id of the version, or of its copy under the maintenance that is in force. */
  async #carried(wanted: StoredConfig, before: StoredConfig | undefined, adminId: number): Promise<number> {
    const own = wanted.configData.uiMessages?.maintenance;
    const inForce = before?.configData.uiMessages?.maintenance;
    if (own === inForce || (own === undefined && inForce !== true)) return wanted.id;
    const uiMessages = { ...wanted.configData.uiMessages };
    delete uiMessages.maintenance;
    delete uiMessages.maintenanceMessage;
    const plain = own === undefined ? wanted.configData : { ...wanted.configData, uiMessages };
    const data = withMaintenanceOf(before, plain);
    const name = `${wanted.configVersion}+${stamp(this.parts.clock.now())}`;
    const copy = await this.parts.repository.add(name, data, wanted.baseHash, adminId);
    if (copy === undefined) throw appConfigError('CONFIG_VERSION_EXISTS');
    return copy.id;
  }

  async #change(work: () => Promise<StoredConfig>): Promise<StoredConfig> {
    const { database, repository } = this.parts;
    const stored = await database.transaction(async () => {
      await repository.lock();
      return work();
    });
    await this.refresh();
    return stored;
  }

  #record(action: string, adminId: number, before: StoredConfig | undefined, after: StoredConfig): Promise<void> {
    const view = (stored: StoredConfig) => ({ config_version: stored.configVersion, config_data: stored.configData });
    return this.parts.audit.record({
      actorKind: 'user',
      actorId: adminId,
      action,
      subject: `app_config:${after.id}`,
      before: before === undefined ? {} : view(before),
      after: view(after),
    });
  }

  async #reload(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.parts.logger.warn('the remote configuration could not be read anew; the old one counts meanwhile', {
        error,
      });
    }
  }
}

/** The content with the maintenance of what was in force, where it does not name it itself. */
function withMaintenanceOf(before: StoredConfig | undefined, data: ConfigData): ConfigData {
  const { maintenance, maintenanceMessage } = before?.configData.uiMessages ?? {};
  if (maintenance === undefined || data.uiMessages?.maintenance !== undefined) return data;
  const carried = { maintenance, ...(maintenanceMessage === undefined ? {} : { maintenanceMessage }) };
  return { ...data, uiMessages: { ...carried, ...data.uiMessages } };
}

function stamp(time: Date): string {
  return time.toISOString().replace(/[^\dT]/g, '');
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, HASH_LENGTH);
}
