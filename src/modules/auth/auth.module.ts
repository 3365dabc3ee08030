/** Wires signing in, and the guard that stands before every route. */
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { ApiLimitGuard } from '../../platform/http/api-limit.guard.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Vault } from '../accounts/vault.service.js';
import { Mailer } from '../mail/mailer.service.js';
import { UsersModule } from '../users/users.module.js';
import { UsersRepository } from '../users/users.repository.js';
import { AccessCache } from './access-cache.js';
import { AccessTokenStrategy } from './access-token.strategy.js';
import { AccessGuard } from './access.guard.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { AccountChangesController } from './account/account-changes.controller.js';
import { AccountChanges } from './account/account-changes.service.js';
import { EmailChangesRepository } from './account/email-changes.repository.js';
import { CaptchaController } from './captcha/captcha.controller.js';
import { CaptchaService } from './captcha/captcha.service.js';
import { DevicesController } from './devices/devices.controller.js';
import { SignInAlerts } from './devices/sign-in-alerts.service.js';
import { IssuedAccess } from './issued-access.service.js';
import { MailRequests } from './mail-requests.service.js';
import { MailLinksController } from './mail-links.controller.js';
import { OneTimeTokensRepository } from './one-time-tokens.repository.js';
import { PasswordService } from './password.service.js';
import { RefusedCallers } from './refused-callers.service.js';
import { SecurityLogController } from './security-log/security-log.controller.js';
import { SecurityLogRepository } from './security-log/security-log.repository.js';
import { SessionsRepository } from './sessions.repository.js';
import { SignInLimits } from './sign-in-limits.service.js';
import { StepUpController } from './step-up/step-up.controller.js';
import { StepUpGuard } from './step-up/step-up.guard.js';
import { StepUpService } from './step-up/step-up.service.js';
import { SecondFactor } from './two-factor/second-factor.service.js';
import { TwoFactorController } from './two-factor/two-factor.controller.js';
import { TwoFactorRepository } from './two-factor/two-factor.repository.js';
import { TwoFactorService } from './two-factor/two-factor.service.js';
import { TokensService } from './tokens.service.js';
import { UserAccess } from './user-access.service.js';
import { UsersAdminController } from './users-admin.controller.js';

@Module({
  imports: [UsersModule, AccountsModule, JwtModule.register({}), PassportModule],
  controllers: [
    AuthController,
    TwoFactorController,
    StepUpController,
    DevicesController,
    SecurityLogController,
    AccountChangesController,
    CaptchaController,
    MailLinksController,
    UsersAdminController,
  ],
  providers: [
    PasswordService,
    SessionsRepository,
    SecurityLogRepository,
    SignInLimits,
    OneTimeTokensRepository,
    TokensService,
    AccessCache,
    AccessTokenStrategy,
    RefusedCallers,
    IssuedAccess,
    UserAccess,
    CaptchaService,
    TwoFactorRepository,
    EmailChangesRepository,
    SignInAlerts,
    fromParts(
      SecondFactor,
      {
        factors: TwoFactorRepository,
        vault: Vault,
        limits: SignInLimits,
        mailer: Mailer,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
      },
      [],
    ),
    fromParts(
      StepUpService,
      {
        users: UsersRepository,
        sessions: SessionsRepository,
        second: SecondFactor,
        passwords: PasswordService,
        limits: SignInLimits,
        audit: AuditTrail,
        clock: Clock,
      },
      [CONFIG],
    ),
    fromParts(
      TwoFactorService,
      {
        factors: TwoFactorRepository,
        second: SecondFactor,
        vault: Vault,
        users: UsersRepository,
        sessions: SessionsRepository,
        cache: AccessCache,
        mailer: Mailer,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
        randomness: Randomness,
      },
      [],
    ),
    fromParts(
      AccountChanges,
      {
        users: UsersRepository,
        changes: EmailChangesRepository,
        oneTime: OneTimeTokensRepository,
        passwords: PasswordService,
        stepUp: StepUpService,
        access: UserAccess,
        mailer: Mailer,
        audit: AuditTrail,
        database: Database,
        randomness: Randomness,
      },
      [CONFIG],
    ),
    fromParts(
      MailRequests,
      {
        users: UsersRepository,
        oneTime: OneTimeTokensRepository,
        mailer: Mailer,
        audit: AuditTrail,
        work: WorkQueue,
        runner: WorkRunner,
        database: Database,
        randomness: Randomness,
      },
      [CONFIG],
    ),
    fromParts(
      AuthService,
      {
        users: UsersRepository,
        passwords: PasswordService,
        sessions: SessionsRepository,
        tokens: TokensService,
        oneTime: OneTimeTokensRepository,
        second: SecondFactor,
        alerts: SignInAlerts,
        access: UserAccess,
        cache: AccessCache,
        mails: MailRequests,
        audit: AuditTrail,
        database: Database,
        clock: Clock,
      },
      [CONFIG],
    ),
    // In this order: the limit is the caller's, whom the first guard finds; who is refused there is limited there.
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_GUARD, useClass: ApiLimitGuard },
    { provide: APP_GUARD, useClass: StepUpGuard },
  ],
  exports: [AuthService, SessionsRepository, AccessCache, UserAccess, StepUpService],
})
export class AuthModule {}
