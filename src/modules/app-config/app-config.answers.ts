/** What the routes of remote configuration answer, as examples that give their schemas. */
import { free, orNull } from '../../platform/openapi/shape.js';

const VERSION = '2026-01-31.1';
const TIME = '2026-01-31T12:00:00.000Z';

export const APP_CONFIG = {
  version: VERSION,
  configVersion: VERSION,
  appVersionMin: '1.0.0',
  bundleVersion: '1.0.0',
  forceUpdate: false,
  updateUrl: '',
  playStoreUrl: '',
  featureFlags: free({ autoTrade: true }),
  serviceEndpoints: free({ apiBaseUrl: 'https://api.example.com' }),
  uiMessages: free({ welcome: 'Welcome to Verzek AutoTrader' }),
  tradingLimits: free({ maxLeverage: 25 }),
  subscriptionPlans: free({ VIP: { maxPositions: 30 } }),
  experiments: free({}),
  rollout: free({ enabledForAll: true }),
  _metadata: { configVersion: VERSION, lastUpdated: TIME, serverTime: TIME },
};

export const CONFIG_VERSION = {
  id: 4,
  config_version: VERSION,
  config_data: free({ featureFlags: { socialTrading: { enabled: true, percentage: 10 } } }),
  is_active: true,
  activated_at: orNull(TIME),
  created_by_id: orNull(1),
  created_at: TIME,
};

export const CONFIG_VERSIONS = {
  in_force: { config_version: VERSION, since: TIME, config: free({ forceUpdate: false }) },
  versions: [CONFIG_VERSION],
  next_before_id: orNull(3),
};
