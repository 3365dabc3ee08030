/** Wires remote configuration, feature flags and maintenance. Its guards stand behind the one that finds the caller. */
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { Notifications } from '../../platform/database/notifications.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Logger } from '../../platform/logging/logger.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { UsersModule } from '../users/users.module.js';
import { AppConfigAdminController } from './app-config-admin.controller.js';
import { AppConfigController } from './app-config.controller.js';
import { AppConfigRepository } from './app-config.repository.js';
import { AppVersionGuard } from './app-version.guard.js';
import { FeatureFlags } from './feature-flags.service.js';
import { FlagGuard } from './flag.guard.js';
import { MaintenanceGuard } from './maintenance.guard.js';
import { RemoteConfig } from './remote-config.service.js';

@Module({
  imports: [UsersModule],
  controllers: [AppConfigController, AppConfigAdminController],
  providers: [
    AppConfigRepository,
    fromParts(
      RemoteConfig,
      {
        repository: AppConfigRepository,
        entitlements: Entitlements,
        database: Database,
        audit: AuditTrail,
        notifications: Notifications,
        clock: Clock,
        logger: Logger,
      },
      [CONFIG],
    ),
    FeatureFlags,
    { provide: APP_GUARD, useClass: AppVersionGuard },
    { provide: APP_GUARD, useClass: MaintenanceGuard },
    { provide: APP_GUARD, useClass: FlagGuard },
  ],
  exports: [FeatureFlags],
})
export class AppConfigModule {}
