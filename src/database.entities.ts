/**
 * Every entity of the product, for the data sources, the migrations and the drift check.
 */
import { SupportMessage, SupportTicket } from './modules/support/support-ticket.entity.js';
import { AppConfigVersion } from './modules/app-config/app-config-version.entity.js';
import { AccessNonce, AccessToken } from './modules/access-tokens/access-token.entity.js';
import { AlertEntry } from './modules/alerts/alert.entity.js';
import { AlertPosition, AlertRulesRow } from './modules/alerts/alert-source.entity.js';
import { AlertToken } from './modules/alerts/alert-token.entity.js';
import { AccountCredential } from './modules/accounts/account-credential.entity.js';
import { Account } from './modules/accounts/account.entity.js';
import { UserDataKey } from './modules/accounts/user-data-key.entity.js';
import { OneTimeToken } from './modules/auth/one-time-token.entity.js';
import { Session } from './modules/auth/session.entity.js';
import { Announcement } from './modules/broadcast/announcements/announcement.entity.js';
import { BroadcastMessage } from './modules/broadcast/broadcast-message.entity.js';
import { Delivery } from './modules/broadcast/delivery.entity.js';
import {
  CandleCorrection,
  CandleRow,
  CandleSeries,
  WatchedSymbol,
} from './modules/market-data/candles/candle.entity.js';
import { MarketPrice } from './modules/market-data/market-price.entity.js';
import { PriceRejection } from './modules/market-data/price-rejection.entity.js';
import { DecisionContext } from './modules/positions/decision-context.entity.js';
import { TradePlan } from './modules/trade-plans/trade-plan.entity.js';
import { PlatformSetting } from './modules/trade-plans/platform-setting.entity.js';
import { EquitySnapshot } from './modules/paper/equity-snapshot.entity.js';
import { FundingRate } from './modules/paper/funding-rate.entity.js';
import { LedgerTransaction } from './modules/paper/ledger-transaction.entity.js';
import { PaperRun } from './modules/paper/paper-run.entity.js';
import { Decision } from './modules/positions/decision.entity.js';
import { Fill } from './modules/positions/fill.entity.js';
import { Order } from './modules/positions/order.entity.js';
import { Position } from './modules/positions/position.entity.js';
import { TradeLog } from './modules/positions/trade-log.entity.js';
import { ChainCursorRow, ChainTransferRow } from './modules/payments/chain-transfer.entity.js';
import { Coupon, CouponUse } from './modules/payments/coupon.entity.js';
import { MoneyAgreement } from './modules/payments/money-agreement.entity.js';
import { CustomerBalance, MoneyTransaction } from './modules/payments/money-transaction.entity.js';
import { Payment } from './modules/payments/payment.entity.js';
import { Payout } from './modules/payments/payout.entity.js';
import { SubscriptionNotice, SubscriptionPeriod } from './modules/payments/subscription-period.entity.js';
import { SubscriptionPlan } from './modules/plans/subscription-plan.entity.js';
import { NotificationCursor } from './modules/notifications/notification-cursor.entity.js';
import { NotificationPreference } from './modules/notifications/notification-preference.entity.js';
import { PushDelivery } from './modules/notifications/push/push-delivery.entity.js';
import { Notification } from './modules/notifications/notification.entity.js';
import { IntakeTarget } from './modules/intake/intake-target.entity.js';
import { DailyReport } from './modules/reports/daily-report.entity.js';
import { ReportedTrade } from './modules/reports/reported-trade.entity.js';
import { CircuitBreaker } from './modules/safety/circuit-breaker.entity.js';
import { EquityPoint } from './modules/safety/equity-point.entity.js';
import { SafetyEpoch } from './modules/safety/safety-epoch.entity.js';
import { HouseBotRow } from './modules/strategies/house-bot.entity.js';
import { HouseCandidate } from './modules/strategies/house-candidate.entity.js';
import { SafetySwitch } from './modules/safety/safety-switch.entity.js';
import { Instrument } from './modules/signals/instrument.entity.js';
import { SignalEdit } from './modules/signals/signal-edit.entity.js';
import { SignalExtreme } from './modules/signals/signal-extreme.entity.js';
import { SignalEvent } from './modules/signals/signal-event.entity.js';
import { Signal } from './modules/signals/signal.entity.js';
import { SourceSubscription } from './modules/signals/source-subscription.entity.js';
import { Source } from './modules/signals/source.entity.js';
import { MarketPeak } from './modules/trading/triggers/market-peak.entity.js';
import { EmailChange } from './modules/auth/account/email-change.entity.js';
import { RecoveryCode } from './modules/auth/two-factor/recovery-code.entity.js';
import { TwoFactor } from './modules/auth/two-factor/two-factor.entity.js';
import { AccountDeletion } from './modules/privacy/account-deletion.entity.js';
import { DataExport } from './modules/privacy/data-export.entity.js';
import { TelegramAdmin, TelegramCode } from './modules/telegram/telegram-admin.entity.js';
import { TelegramChat } from './modules/telegram/telegram-chat.entity.js';
import { TelegramListenerRow } from './modules/telegram/telegram-listener.entity.js';
import { TelegramMessage } from './modules/telegram/telegram-message.entity.js';
import { DeviceToken } from './modules/users/device-token.entity.js';
import { UserSettings } from './modules/users/user-settings.entity.js';
import { User } from './modules/users/user.entity.js';
import { WebhookDelivery } from './modules/webhooks/webhook-delivery.entity.js';
import { WebhookEndpoint } from './modules/webhooks/webhook-endpoint.entity.js';
import { AuditEvent, AuditHead, AuditSeal, AuditUnsealed } from './platform/audit/audit-event.entity.js';
import { PlatformSecret } from './platform/crypto/platform-secret.entity.js';
import { RateLimit } from './platform/http/rate-limit.entity.js';
import { WorkItem } from './platform/work/work-item.entity.js';

export const ENTITIES = [
  User,
  UserSettings,
  DeviceToken,
  Session,
  OneTimeToken,
  TwoFactor,
  RecoveryCode,
  EmailChange,
  AccountDeletion,
  DataExport,
  AccessToken,
  AccessNonce,
  Account,
  AccountCredential,
  UserDataKey,
  Source,
  SourceSubscription,
  Instrument,
  IntakeTarget,
  Signal,
  SignalEdit,
  SignalEvent,
  SignalExtreme,
  TradePlan,
  PlatformSetting,
  Position,
  Order,
  Fill,
  TradeLog,
  Decision,
  DecisionContext,
  LedgerTransaction,
  EquitySnapshot,
  FundingRate,
  PaperRun,
  MarketPrice,
  PriceRejection,
  WatchedSymbol,
  CandleSeries,
  CandleRow,
  CandleCorrection,
  HouseBotRow,
  HouseCandidate,
  SafetySwitch,
  SafetyEpoch,
  CircuitBreaker,
  EquityPoint,
  MarketPeak,
  BroadcastMessage,
  Announcement,
  Delivery,
  DailyReport,
  ReportedTrade,
  SubscriptionPlan,
  SubscriptionPeriod,
  SubscriptionNotice,
  Coupon,
  CouponUse,
  Payment,
  Payout,
  MoneyTransaction,
  MoneyAgreement,
  CustomerBalance,
  ChainTransferRow,
  ChainCursorRow,
  AppConfigVersion,
  Notification,
  NotificationPreference,
  NotificationCursor,
  SupportTicket,
  SupportMessage,
  PushDelivery,
  AlertToken,
  AlertRulesRow,
  AlertPosition,
  AlertEntry,
  WebhookEndpoint,
  WebhookDelivery,
  TelegramChat,
  TelegramMessage,
  TelegramAdmin,
  TelegramCode,
  TelegramListenerRow,
  WorkItem,
  AuditEvent,
  AuditSeal,
  AuditUnsealed,
  AuditHead,
  PlatformSecret,
  RateLimit,
];
