/**
 * What the log says at its default level: one line for each request that changes something and for each piece of work,
 * with request, user and signal; and nothing raw when the start itself fails.
 */
import { Writable } from 'node:stream';
import { jest } from '@jest/globals';
import { pino } from 'pino';
import request from 'supertest';
import { createApplication } from '../../src/app.js';
import { loadConfig } from '../../src/config/load-config.js';
import { pluginVariables } from '../../src/platform/plugins/plugin-loader.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { makePerson } from '../factories/people.js';
import { ScriptedFeed } from '../servers/scripted-feed.js';
import { eventually, RememberingChannel, startTestApplication, TEST_SECRETS } from '../support/application.js';

type Line = Readonly<Record<string, unknown>>;

function listening(): { logger: Logger; lines: Line[]; raw: () => string } {
  let raw = '';
  const lines: Line[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      raw += chunk.toString();
      lines.push(JSON.parse(chunk.toString()) as Line);
      done();
    },
  });
  return { logger: new Logger(pino({ level: 'info' }, stream)), lines, raw: () => raw };
}

it('follows a signal from the request to the delivery, by its id', async () => {
  const { logger, lines } = listening();
  const test = await startTestApplication({ parts: { platform: { logger } } });
  const admin = await makePerson(test.app, { role: 'admin' });
  await makePerson(test.app, { autoTrade: true });
  const http = () => request(test.app.getHttpServer());
  const signal = { symbol: 'BTCUSDT', side: 'LONG', entry: 100, tp: [110], sl: 92 };
  const answer = await http().post('/api/signals').set(admin.auth).send(signal).expect(201);
  const { signal_id } = answer.body as { signal_id: number };
  for (const [path, body] of [
    ['target-reached', { target_index: 1 }],
    ['stop-loss', {}],
    ['cancel', {}],
  ] as const) {
    await http()
      .post(`/api/signals/${path}`)
      .set(admin.auth)
      .send({ signal_id, ...body });
  }
  await http().get('/api/signals').set(admin.auth).expect(200);
  const requests = () => lines.filter(({ msg, path }) => msg === 'request' && String(path).startsWith('/api/signals'));
  await eventually(() => requests().length === 4);
  expect(requests().map(({ path }) => path)).toEqual([
    '/api/signals',
    '/api/signals/target-reached',
    '/api/signals/stop-loss',
    '/api/signals/cancel',
  ]);
  for (const line of requests()) {
    expect(line).toMatchObject({ signal_id, user_id: admin.id, request_id: expect.any(String) as string, level: 30 });
  }
  for (const queue of ['signal', 'signal.page', 'delivery']) {
    await eventually(() =>
      lines.some((line) => line.msg === 'work done' && line.queue === queue && line.signal_id === signal_id),
    );
  }
  await test.close();
});

it('says why a start fails in the same form, and nothing beside it', async () => {
  const { logger, lines, raw } = listening();
  const config = loadConfig({ NODE_ENV: 'test', METRICS_PORT: '0', ...TEST_SECRETS }, await pluginVariables());
  const write = jest.spyOn(process.stdout, 'write');
  const channel = new RememberingChannel();
  const parts = {
    platform: { logger },
    priceFeed: new ScriptedFeed(),
    exchangeClient: {} as never,
    mailChannel: channel,
    broadcastChannel: channel,
  };
  const nowhere = 'postgres://verzek:s3cretword@127.0.0.1:1/none';
  await expect(createApplication(config, nowhere, parts)).rejects.toThrow('ECONNREFUSED');
  expect(write).not.toHaveBeenCalled();
  write.mockRestore();
  expect(lines.some(({ msg }) => String(msg).includes('ECONNREFUSED'))).toBe(true);
  expect(raw()).not.toContain('s3cretword');
});
