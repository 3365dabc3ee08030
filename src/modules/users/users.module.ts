/** Wires users: who they are and how they want signals traded. */
import { Module } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { EXCHANGE_CLIENT } from '../../ports/exchange-client.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { UserSettingsRepository } from './user-settings.repository.js';
import { UsersController } from './users.controller.js';
import { UsersRepository } from './users.repository.js';
import { UsersService } from './users.service.js';

@Module({
  controllers: [UsersController],
  providers: [
    UsersRepository,
    UserSettingsRepository,
    fromParts(
      UsersService,
      {
        users: UsersRepository,
        settings: UserSettingsRepository,
        audit: AuditTrail,
        database: Database,
        entitlements: Entitlements,
      },
      [EXCHANGE_CLIENT, CONFIG],
    ),
  ],
  exports: [UsersRepository, UserSettingsRepository],
})
export class UsersModule {}
