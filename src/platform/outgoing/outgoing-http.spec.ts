import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { close, listen } from '../../../test/servers/loopback.js';
import { OutgoingHttp, OutgoingRefused } from './outgoing-http.js';

/** Repeats a text until the connection ends. */
function repeat(socket: Socket, text: string): void {
  const writing = setInterval(() => socket.write(text), 5);
  socket.on('close', () => clearInterval(writing));
}

/** What servers say that do not speak HTTP as one expects. */
const ANSWERS: Readonly<Record<string, (socket: Socket) => void>> = {
  '/upgrade': (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
  '/early': (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n'),
  '/early-for-ever': (socket) => repeat(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'),
  '/trickle': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n');
    repeat(socket, 'x');
  },
  '/header-for-ever': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    repeat(socket, 'x');
  },
  '/end': (socket) => socket.end(),
  '/reset': (socket) => socket.resetAndDestroy(),
  '/noise': (socket) => socket.write('SSH-2.0-server\r\n'),
};

describe('calling addresses that people name', () => {
  const seen: { url: string | undefined; host: string | undefined; body: string }[] = [];
  let address: string;
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ url: request.url, host: request.headers.host, body: Buffer.concat(chunks).toString() });
        if (request.url === '/redirect') response.writeHead(302, { location: '/secret' }).end();
        else if (request.url === '/endless') response.writeHead(200).write('x'.repeat(1_000_000));
        else if (request.url === '/headers') response.writeHead(200, { 'x-long': 'x'.repeat(20_000) }).end();
        else if (request.url === '/hook?a=1') response.writeHead(204).end();
        else ANSWERS[request.url ?? '']?.(request.socket);
      });
    });
    address = await listen(server);
  });

  afterAll(() => close(server));

  const open = new OutgoingHttp({ opensLoopback: true, timeoutMs: 300 });
  const closed = new OutgoingHttp({ opensLoopback: false });

  it('posts to what a setting opens, path and query included', async () => {
    expect(await open.post(`${address}/hook?a=1`, '{"a":"ä"}', { 'content-type': 'application/json' })).toBe(204);
    expect(seen.at(-1)).toEqual({ url: '/hook?a=1', host: new URL(address).host, body: '{"a":"ä"}' });
  });

  it('does not follow a redirect', async () => {
    expect(await open.post(`${address}/redirect`, '{}', {})).toBe(302);
    expect(seen.at(-1)?.url).toBe('/redirect');
  });

  it('is bounded in time and size', async () => {
    await expect(open.post(`${address}/silent`, '{}', {})).rejects.toThrow('no answer in time');
    expect(await open.post(`${address}/endless`, '{}', {})).toBe(200);
    await expect(open.post(`${address}/headers`, '{}', {})).rejects.toThrow(/header/i);
  });

  describe('settles, whatever the other side says', () => {
    it.each([
      ['/upgrade', 101],
      ['/early', 204],
      ['/trickle', 200],
    ])('with a status: %s', async (path, status) => {
      expect(await open.post(`${address}${path}`, '{}', {})).toBe(status);
    });

    it.each([
      ['/early-for-ever', /too many interim answers/],
      ['/header-for-ever', /no answer in time/],
      ['/end', /hang up|without an answer/],
      ['/reset', /hang up|ECONNRESET/],
      ['/noise', /Parse Error/],
    ])('with an error: %s', async (path, error) => {
      await expect(open.post(`${address}${path}`, '{}', {})).rejects.toThrow(error);
    });
  });

  it.each([
    'http://example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://127.1/',
    'https://[::1]/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://api.localhost/',
    'https://redis:6379/',
    'https://metadata.google.internal/',
    'https://printer.local',
    'https://router.home.arpa/',
    'https://local\thost/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://169.254.169.254/latest/meta-data',
    'https://10.0.0.1/',
    'https://user:password@example.com/',
    'https://user@example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'nonsense',
    '',
  ])('refuses %s before anything is asked', async (url) => {
    let asked = 0;
    const resolve = () => Promise.resolve([String((asked += 1))]);
    await expect(new OutgoingHttp({ opensLoopback: false, resolve }).post(url, '{}', {})).rejects.toThrow(
      OutgoingRefused,
    );
    expect(asked).toBe(0);
    expect(closed.problemOf(url)).toBeDefined();
  });

  it.each([['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['::ffff:10.0.0.1'], ['fd00::1'], ['169.254.169.254']])(
    'refuses a name that means %s %s',
    async (...addresses) => {
      const http = new OutgoingHttp({ opensLoopback: false, resolve: () => Promise.resolve(addresses) });
      await expect(http.post('https://hooks.example.com/', '{}', {})).rejects.toThrow('public internet');
    },
  );

  it('connects to the address that was checked: a name that changes meanwhile changes nothing', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    let asked = 0;
    const resolve = () => Promise.resolve(answers[asked++] ?? []);
    const http = new OutgoingHttp({ opensLoopback: true, resolve, timeoutMs: 1_000 });
    // TLS towards a plain server: the connection is made, and the handshake fails.
    const port = new URL(address).port;
    await expect(http.post(`https://hooks.example.com:${port}/`, '{}', {})).rejects.toThrow(/SSL|TLS|EPROTO|wrong/i);
    expect(asked).toBe(1);
  });

  it('a name that is not answered is given up in time', async () => {
    const http = new OutgoingHttp({ opensLoopback: false, resolve: () => new Promise(() => undefined), timeoutMs: 50 });
    await expect(http.post('https://hooks.example.com/', '{}', {})).rejects.toThrow('no answer in time');
  });
});
