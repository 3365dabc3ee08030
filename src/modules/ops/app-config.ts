/**
 * What the older app asks every five minutes: whether it may run, which parts are on, what the limits and plans are.
 * Keeps: each object is whole, because the app merges only the top level over its own defaults; an update is demanded
 * only where the operator says so. Pure.
 */
import type { Config } from '../../config/schema.js';

const FEATURES = {
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

/** Everything but the version and the times, which depend on it and on the moment. */
export function appConfig({ app, process, trading }: Pick<Config, 'app' | 'process' | 'trading'>) {
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
    subscriptionPlans: Object.fromEntries(capped),
    experiments: {},
    rollout: { enabledForAll: true, betaUsers: [] as string[] },
  };
}
