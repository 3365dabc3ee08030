import Fastify from 'fastify';
import { serveHealthOnly } from './worker-routes.js';

describe('a worker', () => {
  it('answers its health and refuses everything else in the documented shape', async () => {
    const fastify = Fastify({ logger: false });
    serveHealthOnly(fastify);
    for (const path of ['/api/health', '/api/health/live', '/api/health/ready', '/api/ping', '/api/signals']) {
      fastify.get(path, () => ({ ok: true }));
    }
    const address = await fastify.listen({ host: '127.0.0.1', port: 0 });
    const status = async (url: string) => (await fetch(`${address}${url}`)).status;
    for (const url of ['/api/health', '/api/health?x=1', '/api/health/live', '/api/health/ready', '/api/ping']) {
      expect([url, await status(url)]).toEqual([url, 200]);
    }
    for (const url of ['/api/signals', '/api/ping/signals', '/api/healthy', '/api/docs', '/', '/api/pingx']) {
      expect([url, await status(url)]).toEqual([url, 404]);
    }
    expect(await (await fetch(`${address}/api/signals`)).json()).toMatchObject({ ok: false, code: 'NOT_FOUND' });
    await fastify.close();
  });
});
