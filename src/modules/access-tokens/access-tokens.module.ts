/** Wires tokens for programs. Global, because the guard before every route asks here who calls. */
import { Global, Module } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { ProgramCallers } from '../../platform/http/program-callers.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Vault } from '../accounts/vault.service.js';
import { Mailer } from '../mail/mailer.service.js';
import { UsersModule } from '../users/users.module.js';
import { UsersRepository } from '../users/users.repository.js';
import { AccessTokensController } from './access-tokens.controller.js';
import { AccessTokensRepository } from './access-tokens.repository.js';
import { AccessTokens } from './access-tokens.service.js';
import { ImpersonationController } from './impersonation.controller.js';
import { ImpersonationRepository } from './impersonation.repository.js';
import { Impersonation } from './impersonation.service.js';
import { SourceTokensRepository } from './source-tokens.repository.js';
import { SourceTokens } from './source-tokens.service.js';
import { TokenCallers } from './token-callers.service.js';

@Global()
@Module({
  imports: [UsersModule, AccountsModule],
  controllers: [AccessTokensController, ImpersonationController],
  providers: [
    AccessTokensRepository,
    SourceTokensRepository,
    ImpersonationRepository,
    fromParts(
      Impersonation,
      {
        tokens: ImpersonationRepository,
        users: UsersRepository,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
        randomness: Randomness,
      },
      [],
    ),
    SourceTokens,
    { provide: ProgramCallers, useClass: TokenCallers },
    fromParts(
      AccessTokens,
      {
        tokens: AccessTokensRepository,
        users: UsersRepository,
        vault: Vault,
        mailer: Mailer,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
        randomness: Randomness,
      },
      [],
    ),
  ],
  exports: [ProgramCallers, SourceTokens],
})
export class AccessTokensModule {}
