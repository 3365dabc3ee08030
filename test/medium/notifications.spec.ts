/** A channel that is subscribed to while the connection hangs is listened to on the next one. */
import { SystemClock } from '../../src/platform/clock/clock.js';
import { Notifications } from '../../src/platform/database/notifications.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { TcpProxy } from '../servers/tcp-proxy.js';
import { eventually } from '../support/application.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { askOutside } from '../support/outsider.js';

const QUERY_TIMEOUT_MS = 200;

let database: TestDatabase;
let proxy: TcpProxy;
let notifications: Notifications;

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  proxy = await TcpProxy.before(database.url);
  const [url, clock] = [proxy.through(database.url), new SystemClock()];
  notifications = new Notifications(url, clock, Logger.silent(), 'notifications-spec', QUERY_TIMEOUT_MS);
});

afterAll(async () => {
  await notifications.stop();
  await proxy.close();
  await database.drop();
});

it('a LISTEN that is never answered, or is cut off, ends the connection, not the process', async () => {
  const heard: string[] = [];
  const tell = (channel: string) => askOutside(database.url, 'SELECT pg_notify($1, $1)', [channel]);
  notifications.subscribe('first', (payload) => heard.push(payload));
  let losses = 0;
  notifications.onDisconnect(() => (losses += 1));
  await notifications.start();
  proxy.halfOpen();
  notifications.subscribe('late', (payload) => heard.push(payload));
  await eventually(() => losses === 1 && notifications.connected);
  proxy.drop();
  notifications.subscribe('later', (payload) => heard.push(payload));
  await eventually(() => losses === 2 && notifications.connected);
  for (const channel of ['first', 'late', 'later']) await tell(channel);
  await eventually(() => heard.length === 3);
  expect(heard).toEqual(['first', 'late', 'later']);
});
