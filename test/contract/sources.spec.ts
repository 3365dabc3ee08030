/**
 * What every listener promises, held against each folder of src/plugins/sources: it takes everything once it is told, confirms
 * only what was taken, goes on after whatever fails, and throws nothing. A new folder needs a line in `PROVIDERS`.
 */
import { readFileSync } from 'node:fs';
import type { Heard } from '../../src/domain/listening/heard.js';
import { createFromPlugin, loadPlugin, pluginCodes } from '../../src/platform/plugins/plugin-loader.js';
import type { ListenerReport, MessageListener } from '../../src/ports/message-listener.js';
import type { PluginHost } from '../../src/ports/plugin.js';
import { said } from '../factories/telegram.js';
import { type ScriptedAnswer, TelegramBotApi } from '../servers/telegram-bot-api.js';
import { eventually } from '../support/application.js';

const PROVIDERS = ['telegram'];

const codes = await pluginCodes('sources');

/** Waits take no time and are noted; a call's end is not brought about. */
class HastyHost implements PluginHost {
  readonly waits: number[] = [];
  now = () => new Date();
  every = () => () => undefined;
  log = () => undefined;

  after = (ms: number, task: () => void): (() => void) => {
    if (ms > 9_000 && ms !== 60_000) return () => undefined;
    this.waits.push(ms);
    const timer = setTimeout(task, 0);
    return () => clearTimeout(timer);
  };
}

it('knows every listener, and documents its settings', async () => {
  expect(codes).toEqual(PROVIDERS);
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  for (const code of codes) {
    const { settings } = await loadPlugin('sources', code, 'TELEGRAM_LISTEN');
    for (const name of Object.keys(settings.shape)) expect(example).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
  }
});

describe('telegram', () => {
  const server = new TelegramBotApi();
  let host: HastyHost;
  let listener: MessageListener;
  let reports: ListenerReport[];
  let heard: Heard[];
  let root: string;

  beforeAll(async () => {
    root = await server.start();
  });

  afterAll(() => server.stop());

  beforeEach(async () => {
    [host, reports, heard] = [new HastyHost(), [], []];
    const plugin = await loadPlugin('sources', 'telegram', 'TELEGRAM_LISTEN');
    const environment = { TELEGRAM_BOT_TOKEN: '1234:local-stand-in', TELEGRAM_API_ROOT: root };
    listener = createFromPlugin<MessageListener, undefined>(plugin, environment, host, undefined);
  });

  afterEach(() => listener.stop());

  const tell = (report: ListenerReport) => void reports.push(report);
  const listening = () => eventually(() => reports.at(-1)?.state === 'listening');

  it('hands over what is said, and confirms it only when it was taken', async () => {
    let fails = 2;
    const first = server.updates.add(said(-5, 'one').update);
    listener.poll(async (items) => {
      fails -= 1;
      if (fails >= 0) throw new Error('no database');
      heard.push(...items);
    }, tell);
    await eventually(() => heard.length === 1);
    await eventually(() => server.updates.waiting.length === 0);
    expect(heard[0]).toMatchObject({ updateId: first, text: 'one' });
    expect(server.updates.asked.slice(0, 4)).toEqual([0, 0, 0, first + 1]);
    server.updates.add(said(-5, 'two').update);
    server.updates.add({ poll: {} });
    await eventually(() => heard.length === 2 && server.updates.waiting.length === 0);
  });

  it.each<[string, ScriptedAnswer, ListenerReport['state'], number]>([
    ['a conflict', { kind: 'error', status: 409, description: 'Conflict: terminated by other' }, 'waiting', 500],
    ['a limit', { kind: 'error', status: 429, description: 'Too Many Requests', retryAfter: 7 }, 'waiting', 7_000],
    ['a failure over there', { kind: 'error', status: 502, description: 'Bad Gateway' }, 'waiting', 500],
    ['a connection that breaks', { kind: 'drop' }, 'waiting', 500],
    ['a wrong token', { kind: 'error', status: 401, description: 'Unauthorized' }, 'refused', 60_000],
  ])('goes on after %s, and says so', async (_name, answer, state, wait) => {
    server.updatesScript.push(answer);
    listener.poll(() => Promise.resolve(), tell);
    await listening();
    expect(reports.map((report) => report.state)).toEqual(['starting', state, 'listening']);
    expect(reports[1]?.reason).not.toBe('');
    expect(JSON.stringify(reports)).not.toContain('local-stand-in');
    expect(host.waits).toContain(wait);
  });

  it('waits longer each time', async () => {
    server.updatesScript.push(...Array.from({ length: 4 }, (): ScriptedAnswer => ({ kind: 'drop' })));
    listener.poll(() => Promise.resolve(), tell);
    await listening();
    expect(host.waits).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('ends an address that was set before, and keeps what waits', async () => {
    server.updates.set({ url: 'https://old.example' });
    server.updates.add(said(-5, 'kept').update);
    listener.poll(async (items) => void heard.push(...items), tell);
    await eventually(() => heard.length === 1);
    expect(server.updates.webhook.url).toBe('');
  });

  it('sets its address with the secret, and again where somebody changed it', async () => {
    listener.receive('https://ours.example/hook', 'secret', tell);
    await listening();
    expect(server.updates.webhook).toMatchObject({ url: 'https://ours.example/hook', secret_token: 'secret' });
    await listener.stop();
    server.updates.set({ url: 'https://other.example' });
    reports.length = 0;
    listener.receive('https://ours.example/hook', 'secret', tell);
    await listening();
    expect(server.updates.webhook.url).toBe('https://ours.example/hook');
    server.updates.set({ url: '' });
  });

  it('stops at once while it waits, and may begin again', async () => {
    listener.poll(() => Promise.resolve(), tell);
    await listening();
    const began = performance.now();
    await listener.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
    listener.poll(async (items) => void heard.push(...items), tell);
    server.updates.add(said(-5, 'again').update);
    await eventually(() => heard.length === 1);
  });

  it('answers, and throws nothing', async () => {
    const sent = await listener.reply(5, { message: { text: 'a < b' }, buttons: [{ text: 'Yes', data: 'x' }] });
    expect(sent).toMatchObject({ outcome: 'delivered' });
    expect(server.accepted.at(-1)).toMatchObject({ chat_id: 5, text: 'a &lt; b' });
    server.script.push({ kind: 'error', status: 429, description: 'Too Many Requests', retryAfter: 2 });
    expect(await listener.reply(5, { message: { text: 'a' } })).toMatchObject({
      outcome: 'retry',
      at: expect.any(Date) as Date,
    });
    server.script.push({ kind: 'error', status: 403, description: 'Forbidden: bot was blocked by the user' });
    expect(await listener.reply(5, { message: { text: 'a' } })).toMatchObject({ outcome: 'refused' });
    expect(await listener.name()).toBe('verzek_test_bot');
  });
});
