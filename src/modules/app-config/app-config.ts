/**
 * What the app asks every five minutes: whether it may run, which parts are on, what the limits and plans are.
 * Keeps: each object is whole, because the app merges only the top level over its own defaults; an update is demanded
 * only where the operator says so. Pure.
 */
import type { Config } from '../../config/schema.js';
import { type Flag, flagsFor, type FlagSubject } from '../../domain/rollout/feature-flags.js';
import type { ConfigData } from './config-data.js';

const FEATURES: Readonly<Record<string, Flag>> = {
  autoTrade: true,
  realtimeSignals: true,
  telegramIntegration: true,
  multiExchange: true,
  dcaEngine: true,
  emailVerification: false,
  aiAssistant: false,
  pushNotifications: false,
  websocketPrices: false,
  socialTrading: false,
  advancedCharting: false,
};

const PLANS = {
  FREE: { maxPositions: 3, maxExchanges: 1, features: ['Telegram group'] },
  TRIAL: { maxPositions: 10, maxExchanges: 2, features: ['Telegram group', 'Paper trading'] },
  VIP: { maxPositions: 30, maxExchanges: 3, features: ['Signals in the app', 'VIP group', 'Auto-trading'] },
  PREMIUM: {
    maxPositions: 50,
    maxExchanges: 5,
    features: ['Signals in the app', 'VIP group', 'Auto-trading', 'Trade notifications', 'Advanced analytics'],
  },
};

/** USDT; what the app's forms offer. The rules of trading are the server's. */
const ORDER_SIZE = { minOrderSize: 10, maxOrderSize: 10_000 };

const DEFAULT_LEVERAGE = 5;

type Plans = Record<string, { maxPositions: number; maxExchanges: number; features: readonly string[] }>;

/** What the settings of the process say: the ground that published versions lie on. */
export function baseConfig({ app, process, trading }: Pick<Config, 'app' | 'process' | 'trading'>) {
  const base = new URL(process.PUBLIC_URL ?? `http://127.0.0.1:${process.PORT}`).origin;
  const maxPositions = trading.MAX_CONCURRENT_TRADES;
  const capped = Object.entries(PLANS).map(([plan, value]) => {
    return [plan, { ...value, maxPositions: Math.min(value.maxPositions, maxPositions) }] as const;
  });
  return {
    appVersionMin: app.APP_VERSION_MIN,
    bundleVersion: app.APP_VERSION_MIN,
    forceUpdate: app.APP_FORCE_UPDATE,
    updateUrl: app.APP_UPDATE_URL ?? '',
    playStoreUrl: app.APP_UPDATE_URL ?? '',
    featureFlags: FEATURES,
    serviceEndpoints: {
      apiBaseUrl: base,
      websocketUrl: base.replace(/^http/, 'ws'),
      signalsUrl: `${base}/api/signals`,
      pricesFeedUrl: `${base}/api/prices`,
    },
    uiMessages: {
      welcome: 'Welcome to Verzek AutoTrader',
      maintenance: app.APP_MAINTENANCE,
      maintenanceMessage: app.APP_MAINTENANCE_MESSAGE ?? '',
      banner: app.APP_BANNER ?? '',
      announcement: app.APP_ANNOUNCEMENT ?? '',
    },
    tradingLimits: {
      maxPositionsPerUser: maxPositions,
      ...ORDER_SIZE,
      maxLeverage: trading.MAX_LEVERAGE,
      defaultLeverage: Math.min(DEFAULT_LEVERAGE, trading.MAX_LEVERAGE),
    },
    subscriptionPlans: Object.fromEntries(capped) as Plans,
    experiments: {} as Readonly<Record<string, unknown>>,
    rollout: { enabledForAll: true, betaUsers: [] as readonly number[] },
  };
}

export type AppConfig = ReturnType<typeof baseConfig>;

/** A published version over the ground: what it names counts, within each object too, so that every object is whole. */
export function withVersion(base: AppConfig, data: ConfigData): AppConfig {
  const plans = Object.entries(data.subscriptionPlans ?? {}).map(([plan, change]) => {
    const whole = { maxPositions: 0, maxExchanges: 0, features: [], ...base.subscriptionPlans[plan], ...change };
    return [plan, whole] as const;
  });
  return {
    appVersionMin: data.appVersionMin ?? base.appVersionMin,
    bundleVersion: data.bundleVersion ?? base.bundleVersion,
    forceUpdate: data.forceUpdate ?? base.forceUpdate,
    updateUrl: data.updateUrl ?? base.updateUrl,
    playStoreUrl: data.playStoreUrl ?? base.playStoreUrl,
    featureFlags: { ...base.featureFlags, ...data.featureFlags },
    serviceEndpoints: { ...base.serviceEndpoints, ...data.serviceEndpoints },
    uiMessages: { ...base.uiMessages, ...data.uiMessages },
    tradingLimits: { ...base.tradingLimits, ...data.tradingLimits },
    subscriptionPlans: { ...base.subscriptionPlans, ...Object.fromEntries(plans) },
    experiments: data.experiments ?? base.experiments,
    rollout: { ...base.rollout, ...data.rollout },
  };
}

/** What plans include now: a limit of null is none of the plan's own. */
export interface IncludedByPlan {
  readonly concurrentTrades: number | null;
  readonly exchangeAccounts: number;
}

/** The same, promising no more of any plan than it includes; the very same where it promises no more. */
export function withinPlans(config: AppConfig, included: (plan: string) => IncludedByPlan | undefined): AppConfig {
  let isCut = false;
  const plans = Object.entries(config.subscriptionPlans).map(([name, told]) => {
    const { concurrentTrades = null, exchangeAccounts = told.maxExchanges } = included(name) ?? {};
    const maxPositions = Math.min(told.maxPositions, concurrentTrades ?? told.maxPositions);
    const maxExchanges = Math.min(told.maxExchanges, exchangeAccounts);
    isCut ||= maxPositions < told.maxPositions || maxExchanges < told.maxExchanges;
    return [name, { ...told, maxPositions, maxExchanges }] as const;
  });
  return isCut ? { ...config, subscriptionPlans: Object.fromEntries(plans) as Plans } : config;
}

/** As one app reads it: its own flags, and of the beta users nobody but its own. */
export function configFor(config: AppConfig, subject: FlagSubject | undefined) {
  const isBeta = subject !== undefined && config.rollout.betaUsers.includes(subject.userId);
  return {
    ...config,
    featureFlags: flagsFor(config.featureFlags, subject),
    rollout: { enabledForAll: config.rollout.enabledForAll, betaUsers: isBeta ? [String(subject.userId)] : [] },
  };
}
