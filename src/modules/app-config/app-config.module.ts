/** Wires remote configuration, feature flags and maintenance. Its guard stands behind the one that finds the caller. */
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
    { provide: APP_GUARD, useClass: MaintenanceGuard },
  ],
})
export class AppConfigModule {}
