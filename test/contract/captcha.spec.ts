/**
 * What every captcha promises, held against each folder of src/plugins/captcha: the right answer passes, others do not,
 * and nothing throws. A new folder needs a line in `SOLVERS`.
 */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inflateSync } from 'node:zlib';
import { SystemClock } from '../../src/platform/clock/clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { createFromPlugin, loadPlugin, pluginCodes, pluginHost } from '../../src/platform/plugins/plugin-loader.js';
import type { Captcha, CaptchaPuzzle } from '../../src/ports/captcha.js';

const RANDOM = Uint8Array.from({ length: 32 }, (_none, index) => index * 7 + 1);

let server: Server;
let asked: URLSearchParams[] = [];
let answer: (token: string | null) => readonly [status: number, body: string];

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const form = new URLSearchParams(text);
      asked.push(form);
      const [status, body] = answer(form.get('response'));
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

beforeEach(() => {
  asked = [];
  answer = (token) => [200, JSON.stringify({ success: token === 'good' })];
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const ENVIRONMENT: Readonly<Record<string, () => Record<string, string>>> = {
  'proof-of-work': () => ({ CAPTCHA_POW_BITS: '8' }),
  'site-verify': () => ({
    CAPTCHA_SITE_KEY: 'public',
    CAPTCHA_SECRET_KEY: 'private',
    CAPTCHA_VERIFY_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/siteverify`,
  }),
};

const SOLVERS: Readonly<Record<string, (puzzle: CaptchaPuzzle | undefined) => string>> = {
  'proof-of-work': (puzzle) => {
    for (let n = 0; ; n += 1) {
      const text = `${String(puzzle?.shown.prefix)}:${n}`;
      if (createHash('sha256').update(text).digest()[0] === 0) return String(n);
    }
  },
  image: (puzzle) => ` ${puzzle?.secret.toLowerCase() ?? ''} `,
  'site-verify': () => 'good',
};

async function make(code: string): Promise<Captcha> {
  const host = pluginHost(new SystemClock(), Logger.silent());
  return createFromPlugin(
    await loadPlugin('captcha', code, 'CAPTCHA_PROVIDER'),
    ENVIRONMENT[code]?.() ?? {},
    host,
    undefined,
  );
}

it('each folder has a solver here', async () => {
  expect(await pluginCodes('captcha')).toEqual(Object.keys(SOLVERS).sort());
});

it.each(Object.keys(SOLVERS))('%s: the right answer passes, no other does', async (code) => {
  const captcha = await make(code);
  expect(captcha.code).toBe(code);
  const puzzle = captcha.puzzle(RANDOM);
  const secret = puzzle?.secret ?? '';
  const right = SOLVERS[code]?.(puzzle) ?? '';
  expect(await captcha.check(secret, right, '203.0.113.7')).toBe('passed');
  for (const wrong of ['', 'wrong', '\u0000', 'x'.repeat(4_000)]) {
    expect(await captcha.check(secret, wrong, '203.0.113.7')).toBe('failed');
  }
  expect(JSON.stringify({ ...captcha.shown, ...puzzle?.shown })).not.toContain('private');
});

it('site-verify sends secret, token and address, and knows when it could not ask', async () => {
  const captcha = await make('site-verify');
  await captcha.check('', 'good', '203.0.113.7');
  expect(Object.fromEntries(asked[0] ?? [])).toEqual({ secret: 'private', response: 'good', remoteip: '203.0.113.7' });
  for (const [status, body] of [
    [500, '{}'],
    [200, '<html>'],
  ] as const) {
    answer = () => [status, body];
    expect(await captcha.check('', 'good', '203.0.113.7')).toBe('unavailable');
  }
  answer = () => [200, '{"success":"true"}'];
  expect(await captcha.check('', 'good', '203.0.113.7')).toBe('failed');
});

it('image: a PNG that does not carry its text', async () => {
  const { secret, shown } = (await make('image')).puzzle(RANDOM) ?? { secret: '', shown: {} };
  const png = Buffer.from(String(shown.image).split(',')[1] ?? '', 'base64');
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const data = png.subarray(png.indexOf('IDAT') + 4, png.indexOf('IEND') - 8);
  const points = inflateSync(data);
  expect(points).toHaveLength((width + 1) * height);
  expect(points.filter((point) => point === 40).length).toBeGreaterThan(1_000);
  expect(png.includes(secret)).toBe(false);
});
