/** The banner tells the modes and no secret. */
import { banner } from './banner.js';
import { loadConfig } from './config/load-config.js';

describe('banner', () => {
  it('says where things are and that nothing is real by default', () => {
    const text = banner(loadConfig({}), 'http://127.0.0.1:8050');
    expect(text).toContain('http://127.0.0.1:8050/api/docs');
    expect(text).toContain('http://127.0.0.1:8050/api/health');
    expect(text).toContain('paper (no real money)');
    expect(text).toContain('simulated (not the market)');
    expect(text).toMatch(/Telegram +off/);
  });

  it('shows no secret', () => {
    const secrets = { JWT_SECRET: 'jwt-value', TELEGRAM_BOT_TOKEN: '1:telegram-value', API_KEY: 'key-value' };
    const text = banner(loadConfig({ ...secrets, METRICS_PORT: '0' }), 'http://127.0.0.1:8050');
    for (const value of Object.values(secrets)) expect(text).not.toContain(value);
    expect(text).toMatch(/Telegram +on/);
    expect(text).toMatch(/Metrics +off/);
  });
});
