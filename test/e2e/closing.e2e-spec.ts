/** What is asked of a server that closes: answered in full where it came before, refused in the documented shape after. */
import { type AddressInfo, connect } from 'node:net';
import { makePerson } from '../factories/people.js';
import { createTestDatabase } from '../support/database.js';
import { eventually, startTestApplication } from '../support/application.js';
import { askOutside, holdOutside } from '../support/outsider.js';

const WAITS = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;

it('while the server closes, what was asked before is answered, and what comes after is 503', async () => {
  const database = await createTestDatabase();
  const { app, close } = await startTestApplication({ database });
  const ada = await makePerson(app);
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer();
  const letGo = await holdOutside(database.url, 'LOCK TABLE daily_reports');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
  const ask = (path: string) =>
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${ada.auth.Authorization}\r\n\r\n`);
  ask('/api/reports');
  await eventually(async () => (await askOutside(database.url, WAITS)).length === 1);
  const closed = close();
  await eventually(() => !server.listening);
  ask('/api/ping');
  await letGo();
  await eventually(() => heard.includes('UNAVAILABLE'));
  const [before, after] = heard.split(/(?=HTTP\/1\.1 )/) as [string, string];
  expect(before).toMatch(/^HTTP\/1\.1 200 /);
  expect(after).toMatch(/^HTTP\/1\.1 503 [^]*connection: close/i);
  expect(JSON.parse(after.slice(after.indexOf('{')))).toEqual({
    ok: false,
    error: 'The service is not available right now',
    code: 'UNAVAILABLE',
    retry_after: 5,
    request_id: expect.any(String) as string,
  });
  socket.destroy();
  await closed;
  await database.drop();
});
