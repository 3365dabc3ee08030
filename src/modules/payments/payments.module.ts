/** Wires plans, invoices, the money of customers, the watcher of the wallet, and referrals. */
import { Module, type Provider } from '@nestjs/common';
import { CONFIG } from '../../config/config.module.js';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { Clock } from '../../platform/clock/clock.js';
import { Database } from '../../platform/database/database.js';
import { fromParts } from '../../platform/di/from-parts.js';
import { Randomness } from '../../platform/ids/randomness.js';
import { Logger } from '../../platform/logging/logger.js';
import { WorkQueue } from '../../platform/work/work-queue.js';
import { WorkRunner } from '../../platform/work/work-runner.js';
import { PAYMENT_CHAIN } from '../../ports/payment-chain.js';
import { Mailer } from '../mail/mailer.service.js';
import { Entitlements } from '../plans/entitlements.service.js';
import { PlansRepository } from '../plans/plans.repository.js';
import { UsersModule } from '../users/users.module.js';
import { UsersRepository } from '../users/users.repository.js';
import { Cancellations } from './cancellations.service.js';
import { ClaimsRepository } from './claims.repository.js';
import { Claims } from './claims.service.js';
import { Closing } from './closing.service.js';
import { CouponsRepository } from './coupons.repository.js';
import { CreditNotes } from './credit-notes.service.js';
import { DueAmounts } from './due-amounts.service.js';
import { Endings } from './endings.service.js';
import { Grants } from './grants.service.js';
import { InvoiceMoves } from './invoice-moves.service.js';
import { Invoices } from './invoices.service.js';
import { MoneyAgreementsRepository } from './money-agreements.repository.js';
import { MoneyRepository } from './money.repository.js';
import { PaymentDecisions } from './payment-decisions.service.js';
import { PaymentEvents } from './payment-events.service.js';
import { PaymentRecord } from './payment-record.service.js';
import { PaymentReportsRepository } from './payment-reports.repository.js';
import { PaymentWatch } from './payment-watch.service.js';
import { PaymentsAdminController } from './payments-admin.controller.js';
import { PaymentsController } from './payments.controller.js';
import { PaymentsRepository } from './payments.repository.js';
import { PayoutsRepository } from './payouts.repository.js';
import { Payouts } from './payouts.service.js';
import { ReferralBonuses } from './referral-bonuses.service.js';
import { REFERRAL_ADMIN_PARTS, ReferralsAdminController } from './referrals-admin.controller.js';
import { REFERRAL_PARTS, ReferralsController } from './referrals.controller.js';
import { ReferralsRepository } from './referrals.repository.js';
import { SecondPerson } from './second-person.service.js';
import { Settlement } from './settlement.service.js';
import { SubscriptionPeriodsRepository } from './subscription-periods.repository.js';
import { SubscriptionsController } from './subscriptions.controller.js';
import { SubscriptionsService } from './subscriptions.service.js';
import { TransferMoves } from './transfer-moves.service.js';
import { TransferOwners } from './transfer-owners.service.js';
import { TransfersAdminController } from './transfers-admin.controller.js';
import { TransfersRepository } from './transfers.repository.js';

const SUBSCRIPTIONS = {
  users: UsersRepository,
  grants: Grants,
  notes: CreditNotes,
  payments: PaymentsRepository,
  plans: PlansRepository,
  entitlements: Entitlements,
  database: Database,
  audit: AuditTrail,
  clock: Clock,
};

const INVOICES = {
  payments: PaymentsRepository,
  coupons: CouponsRepository,
  money: MoneyRepository,
  grants: Grants,
  amounts: DueAmounts,
  settlement: Settlement,
  entitlements: Entitlements,
  audit: AuditTrail,
  database: Database,
  clock: Clock,
  randomness: Randomness,
};

const CLAIMS = {
  payments: PaymentsRepository,
  transfers: TransfersRepository,
  referrals: ReferralsRepository,
  work: WorkQueue,
  audit: AuditTrail,
  database: Database,
  clock: Clock,
};

const MOVES = {
  payments: PaymentsRepository,
  money: MoneyRepository,
  coupons: CouponsRepository,
  grants: Grants,
  bonuses: ReferralBonuses,
  events: PaymentEvents,
  record: PaymentRecord,
  clock: Clock,
};

const SETTLEMENT = {
  payments: PaymentsRepository,
  transfers: TransfersRepository,
  claims: ClaimsRepository,
  owners: TransferOwners,
  moves: InvoiceMoves,
  money: MoneyRepository,
  amounts: DueAmounts,
  events: PaymentEvents,
  record: PaymentRecord,
  database: Database,
};

const TRANSFER_MOVES = {
  payments: PaymentsRepository,
  transfers: TransfersRepository,
  money: MoneyRepository,
  bonuses: ReferralBonuses,
  users: UsersRepository,
  record: PaymentRecord,
  audit: AuditTrail,
  database: Database,
};

const PAYOUTS = {
  payouts: PayoutsRepository,
  money: MoneyRepository,
  second: SecondPerson,
  database: Database,
  audit: AuditTrail,
};

const DECISIONS = {
  payments: PaymentsRepository,
  transfers: TransfersRepository,
  claims: ClaimsRepository,
  moves: InvoiceMoves,
  money: MoneyRepository,
  closing: Closing,
  coupons: CouponsRepository,
  grants: Grants,
  bonuses: ReferralBonuses,
  events: PaymentEvents,
  record: PaymentRecord,
  second: SecondPerson,
  database: Database,
  clock: Clock,
};

const WATCH = {
  settlement: Settlement,
  claims: ClaimsRepository,
  transfers: TransfersRepository,
  work: WorkQueue,
  runner: WorkRunner,
  database: Database,
  clock: Clock,
  logger: Logger,
};

const ENDINGS = {
  payments: PaymentsRepository,
  periods: SubscriptionPeriodsRepository,
  closing: Closing,
  mailer: Mailer,
  audit: AuditTrail,
  work: WorkQueue,
  runner: WorkRunner,
  database: Database,
  clock: Clock,
  logger: Logger,
};

const REFERRALS = {
  referrals: ReferralsRepository,
  money: MoneyRepository,
  payouts: Payouts,
  users: UsersRepository,
  clock: Clock,
};

const REFERRALS_ADMIN = {
  second: SecondPerson,
  referrals: ReferralsRepository,
  payouts: Payouts,
  wishes: PayoutsRepository,
  coupons: CouponsRepository,
  audit: AuditTrail,
  database: Database,
  clock: Clock,
};

/** The parts themselves, for controllers, which Nest makes by their class. */
function partsOf(
  provide: symbol,
  tokens: Readonly<Record<string, abstract new (...args: never[]) => unknown>>,
): Provider {
  const names = Object.keys(tokens);
  return {
    provide,
    inject: Object.values(tokens),
    useFactory: (...made: unknown[]) => Object.fromEntries(names.map((name, index) => [name, made[index]])),
  };
}

@Module({
  imports: [UsersModule],
  controllers: [
    SubscriptionsController,
    PaymentsController,
    PaymentsAdminController,
    TransfersAdminController,
    ReferralsController,
    ReferralsAdminController,
  ],
  providers: [
    PaymentsRepository,
    TransfersRepository,
    MoneyRepository,
    CouponsRepository,
    SubscriptionPeriodsRepository,
    ReferralsRepository,
    PaymentReportsRepository,
    ClaimsRepository,
    Closing,
    Cancellations,
    TransferOwners,
    DueAmounts,
    PaymentEvents,
    PaymentRecord,
    Grants,
    CreditNotes,
    ReferralBonuses,
    PayoutsRepository,
    MoneyAgreementsRepository,
    SecondPerson,
    partsOf(REFERRAL_PARTS, REFERRALS),
    partsOf(REFERRAL_ADMIN_PARTS, REFERRALS_ADMIN),
    fromParts(SubscriptionsService, SUBSCRIPTIONS, [CONFIG]),
    fromParts(Claims, CLAIMS, []),
    fromParts(InvoiceMoves, MOVES, []),
    fromParts(Settlement, SETTLEMENT, []),
    fromParts(PaymentDecisions, DECISIONS, []),
    fromParts(TransferMoves, TRANSFER_MOVES, []),
    fromParts(Payouts, PAYOUTS, [PAYMENT_CHAIN, CONFIG]),
    fromParts(Invoices, INVOICES, [CONFIG]),
    fromParts(PaymentWatch, WATCH, [PAYMENT_CHAIN, CONFIG]),
    fromParts(Endings, ENDINGS, [CONFIG]),
  ],
  exports: [SubscriptionsService],
})
export class PaymentsModule {}
