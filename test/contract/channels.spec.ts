/**
 * What every notification channel promises, held against each folder of src/plugins/channels. A new folder needs a line
 * in `PROVIDERS`, which starts a stand-in of its provider; a folder without one fails.
 */
import { readFileSync } from 'node:fs';
import { SystemClock } from '../../src/platform/clock/clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { createFromPlugin, loadPlugin, pluginCodes, pluginHost } from '../../src/platform/plugins/plugin-loader.js';
import type { NotificationChannel, OutgoingMessage, PushChannel } from '../../src/ports/notification-channel.js';
import { ExpoServer } from '../servers/expo/expo-server.js';
import { FcmServer } from '../servers/fcm/fcm-server.js';
import { ResendApi } from '../servers/resend-api.js';
import { SmtpBox } from '../servers/smtp-box.js';
import { TelegramBotApi } from '../servers/telegram-bot-api.js';

interface Provider {
  readonly environment: Record<string, string>;
  readonly target: string;
  /** Everything the provider accepted, as text. Undefined: there is no provider that could refuse or be away. */
  readonly accepted?: () => string[];
  readonly refuse?: (how: 'later' | 'for good') => void;
  readonly close: () => Promise<void>;
}

const EXPO_TOKEN = 'ExponentPushToken[one]';
const FCM_TOKEN = 'f'.repeat(140);

const PROVIDERS: Readonly<Record<string, () => Promise<Provider>>> = {
  log: async () => ({ environment: {}, target: 'ada@example.com', close: async () => undefined }),
  smtp: async () => {
    const server = new SmtpBox();
    return {
      environment: { SMTP_URL: `smtp://127.0.0.1:${await server.start()}` },
      target: 'ada@example.com',
      accepted: () => server.mails,
      refuse: (how) => void server.refusals.push(how === 'later' ? 451 : 550),
      close: () => server.stop(),
    };
  },
  resend: async () => {
    const server = new ResendApi();
    return {
      environment: { RESEND_API_KEY: 'local-stand-in-key', RESEND_API_URL: await server.start() },
      target: 'ada@example.com',
      accepted: () => server.mails.map((mail) => JSON.stringify(mail.body)),
      refuse: (how) => void server.refusals.push({ status: how === 'later' ? 503 : 422 }),
      close: () => server.stop(),
    };
  },
  expo: async () => {
    const server = new ExpoServer();
    return {
      environment: { EXPO_BASE_URL: await server.start(), EXPO_ACCESS_TOKEN: 'local-stand-in-token' },
      target: EXPO_TOKEN,
      accepted: () => server.messages.map((message) => JSON.stringify(message)),
      refuse: (how) => void server.refusals.push(how === 'later' ? 503 : 422),
      close: () => server.stop(),
    };
  },
  fcm: async () => {
    const server = new FcmServer();
    return {
      environment: await server.start(),
      target: FCM_TOKEN,
      accepted: () => server.messages.map((message) => JSON.stringify(message)),
      refuse: (how) => void server.refusals.push(how === 'later' ? 503 : 400),
      close: () => server.stop(),
    };
  },
  telegram: async () => {
    const server = new TelegramBotApi();
    return {
      environment: { TELEGRAM_BOT_TOKEN: '1234:local-stand-in', TELEGRAM_API_ROOT: await server.start() },
      target: '-1001',
      accepted: () => server.accepted.map(({ text }) => text),
      refuse: (how) => {
        const status = how === 'later' ? 502 : 403;
        server.script.push({ kind: 'error', status, description: 'scripted refusal' });
      },
      close: () => server.stop(),
    };
  },
};

const MESSAGE: OutgoingMessage = { subject: 'A subject', text: 'Plain words & <signs>' };

const codes = await pluginCodes('channels');
const host = pluginHost(new SystemClock(), Logger.silent());

async function channelOf(code: string, environment: Record<string, string>): Promise<NotificationChannel> {
  return createFromPlugin(await loadPlugin('channels', code, 'MAIL_CHANNEL'), environment, host, undefined);
}

it('has a provider for every channel', () => {
  expect(codes).toEqual(expect.arrayContaining(['expo', 'fcm', 'log', 'resend', 'smtp', 'telegram']));
  expect(codes.filter((code) => PROVIDERS[code] === undefined)).toEqual([]);
});

it('documents every setting of a channel in .env.example', async () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  for (const code of codes) {
    const { settings } = await loadPlugin('channels', code, 'MAIL_CHANNEL');
    for (const name of Object.keys(settings.shape)) expect(example).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
  }
});

describe.each(codes)('channel %s', (code) => {
  let provider: Provider;
  let channel: NotificationChannel;

  beforeAll(async () => {
    const start = PROVIDERS[code];
    if (start === undefined) throw new Error(`PROVIDERS has no line for ${code}`);
    provider = await start();
    channel = await channelOf(code, provider.environment);
  });

  afterAll(async () => {
    await channel.stop?.();
    await provider.close();
  });

  const send = (key: string) => channel.send(provider.target, MESSAGE, key);

  it('carries its folder’s name, and delivers', async () => {
    expect(channel.code).toBe(code);
    expect(await send('k1')).toMatchObject({ outcome: 'delivered' });
    if (provider.accepted !== undefined)
      expect(provider.accepted().join('\n')).toMatch(/Plain words (&|&amp;) (<|&lt;)/);
  });

  it('tells a refusal for now from one for good, with the reason', async () => {
    if (provider.refuse === undefined) return;
    provider.refuse('later');
    const later = await send('k2');
    expect(later).toMatchObject({ outcome: 'retry', reason: expect.stringMatching(/\w/) as string });
    provider.refuse('for good');
    const never = await send('k3');
    expect(never).toMatchObject({ outcome: 'refused', reason: expect.stringMatching(/\w/) as string });
    const secrets = Object.values(provider.environment).filter((value) => !/^\w+:\/\//.test(value));
    for (const secret of secrets) expect(JSON.stringify([later, never])).not.toContain(secret);
  });

  it('answers retry, and does not throw, when the provider is away', async () => {
    if (provider.accepted === undefined) return;
    const start = PROVIDERS[code] as () => Promise<Provider>;
    const gone = await start();
    await gone.close();
    const lonely = await channelOf(code, gone.environment);
    expect(await lonely.send(gone.target, MESSAGE, 'k4')).toMatchObject({ outcome: 'retry' });
    await lonely.stop?.();
  });
});

describe('what only one channel knows', () => {
  it('smtp: wrong credentials are the operator’s mistake, so mails wait for its mending', async () => {
    const box = new SmtpBox();
    const channel = await channelOf('smtp', { SMTP_URL: `smtp://me:wrong@127.0.0.1:${await box.start()}` });
    expect(await channel.send('ada@example.com', MESSAGE, 'k')).toMatchObject({ outcome: 'retry' });
    await channel.stop?.();
    await box.stop();
  });

  it('resend: the key makes a repeat harmless, and a 429 waits as long as it says', async () => {
    const api = new ResendApi();
    const environment = { RESEND_API_KEY: 'local-stand-in-key', RESEND_API_URL: await api.start() };
    const channel = await channelOf('resend', environment);
    for (let count = 0; count < 2; count += 1) {
      expect(await channel.send('ada@example.com', MESSAGE, 'same')).toMatchObject({ providerMessageId: 'mail-1' });
    }
    expect(api.mails).toHaveLength(1);
    expect(api.mails[0]).toMatchObject({ authorization: 'Bearer local-stand-in-key', key: 'same' });
    api.refusals.push({ status: 429, retryAfter: 30 });
    const answer = await channel.send('ada@example.com', MESSAGE, 'other');
    const wait = answer.outcome === 'retry' ? (answer.at?.getTime() ?? 0) - Date.now() : 0;
    expect(wait).toBeGreaterThan(25_000);
    expect(wait).toBeLessThanOrEqual(30_000);
    await api.stop();
  });

  const push = async (code: string, environment: Record<string, string>) =>
    (await channelOf(code, environment)) as PushChannel;
  const addressed = (...targets: string[]) =>
    targets.map((target) => ({
      target,
      message: { ...MESSAGE, data: { type: 'signal', entry_price: 1.5 } },
      key: target,
    }));

  it('expo: many at once with a ticket each, one phone’s end ends no other’s message, receipts by ticket', async () => {
    const server = new ExpoServer();
    const channel = await push('expo', { EXPO_BASE_URL: await server.start(), EXPO_ACCESS_TOKEN: 'token-of-ours' });
    const [gone, late, fine] = ['ExponentPushToken[gone]', 'ExponentPushToken[late]', 'ExponentPushToken[fine]'];
    expect([channel.accepts(fine), channel.accepts(FCM_TOKEN)]).toEqual([true, false]);
    server.errors.set(gone, 'DeviceNotRegistered').set(late, 'MessageRateExceeded');
    const results = await channel.sendMany(addressed(gone, fine, late));
    expect(results).toEqual([
      { outcome: 'refused', reason: 'DeviceNotRegistered', isGone: true },
      { outcome: 'delivered', providerMessageId: 'ticket-1' },
      { outcome: 'retry', reason: 'MessageRateExceeded' },
    ]);
    expect(server.authorizations).toEqual(['Bearer token-of-ours']);
    const sent = { to: fine, title: 'A subject', body: MESSAGE.text, data: { type: 'signal', entry_price: 1.5 } };
    expect(server.messages).toMatchObject([sent]);
    server.receiptErrors.set(fine, 'DeviceNotRegistered');
    const receipts = await channel.receipts?.(['ticket-1', 'ticket-unknown']);
    expect([...(receipts ?? [])]).toEqual([
      ['ticket-1', { outcome: 'refused', reason: 'DeviceNotRegistered', isGone: true }],
    ]);
    await server.stop();
  });

  it('expo: a request that is refused as a whole is halved until the message at fault stands alone', async () => {
    const server = new ExpoServer();
    const channel = await push('expo', { EXPO_BASE_URL: await server.start() });
    const ours = Array.from({ length: 9 }, (_, index) => `ExponentPushToken[${index}]`);
    const results = await channel.sendMany(
      addressed(...ours.slice(0, 4), 'ExponentPushToken[other-project]', ...ours.slice(4)),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(10).fill('delivered'));
    server.refusals.push(429);
    const [busy] = await channel.sendMany(addressed(EXPO_TOKEN));
    expect(busy).toMatchObject({ outcome: 'retry', at: expect.any(Date) as Date });
    await server.stop();
  });

  it('fcm: one access token for all, text for data, tokens that are no more, and a new token after a refusal', async () => {
    const server = new FcmServer();
    const channel = await push('fcm', await server.start());
    const [gone, foreign, fine] = ['g'.repeat(140), 'm'.repeat(140), 'n'.repeat(140)];
    expect([channel.accepts(fine), channel.accepts(EXPO_TOKEN)]).toEqual([true, false]);
    server.errors.set(gone, [404, 'UNREGISTERED']).set(foreign, [403, 'SENDER_ID_MISMATCH']);
    const results = await channel.sendMany(addressed(gone, fine, foreign));
    expect(results).toEqual([
      { outcome: 'refused', reason: '404 UNREGISTERED', isGone: true },
      { outcome: 'delivered', providerMessageId: 'projects/stand-in/messages/1' },
      { outcome: 'refused', reason: '403 SENDER_ID_MISMATCH', isGone: true },
    ]);
    server.errors
      .set(gone, [400, 'INVALID_ARGUMENT', 'message.token'])
      .set(foreign, [400, 'INVALID_ARGUMENT', 'message.data']);
    const invalid = await channel.sendMany(addressed(gone, foreign));
    expect(invalid).toEqual([
      { outcome: 'refused', reason: '400 INVALID_ARGUMENT', isGone: true },
      { outcome: 'refused', reason: '400 INVALID_ARGUMENT' },
    ]);
    expect(server.tokensGiven).toBe(1);
    expect(server.messages[0]).toMatchObject({ token: fine, data: { type: 'signal', entry_price: '1.5' } });
    server.refusals.push(401);
    expect(await channel.send(fine, MESSAGE, 'k')).toMatchObject({ outcome: 'retry' });
    expect(await channel.send(fine, MESSAGE, 'k')).toMatchObject({ outcome: 'delivered' });
    expect(server.tokensGiven).toBe(2);
    await server.stop();
  });
});
