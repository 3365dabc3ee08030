/**
 * The product as a process: starts on an empty folder, ends in order, survives being killed, refuses a second one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resetEmbeddedPostgres, runningPostgresUrl } from '../../src/platform/database/embedded/embedded-postgres.js';
import { instanceOwner } from '../../src/platform/database/embedded/instance-lock.js';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

interface Product {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string | null>;
  /** Resolves with the address of the API once the banner is out; rejects when the process ends before. */
  readonly address: Promise<string>;
}

let dataDir: string;
const products: Product[] = [];

function run(environment: Record<string, string> = {}): Product {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/main.js')], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, DATA_DIR: dataDir, PORT: '0', METRICS_PORT: '0', LOG_FORMAT: 'json', ...environment },
  });
  let output = '';
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string | null);
  const address = new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        const found = /API +(http:\S+)\/api\n[^]*Data /.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    void ended.then((code) => reject(new Error(`ended with ${code}: ${output}`)));
  });
  address.catch(() => undefined);
  const product = { child, ended, address, output: () => output };
  products.push(product);
  return product;
}

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'process spec '));
  // As the product makes it: the account of the database server may pass through.
  chmodSync(dataDir, 0o711);
});

afterEach(async () => {
  for (const { child, ended } of products.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
  await resetEmbeddedPostgres(dataDir);
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the process', () => {
  it('ends with 0 on SIGINT, and its database with it', async () => {
    const product = run({ MAX_WORKERS: '4' });
    const answer = await fetch(`${await product.address}/api/docs/openapi.json`);
    expect(answer.status).toBe(200);
    expect(product.output()).toMatch(/"ignored":\["MAX_WORKERS"\]/);
    const secrets = JSON.parse(readFileSync(join(dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;
    product.child.kill('SIGINT');
    expect(await product.ended).toBe(0);
    expect(runningPostgresUrl(dataDir)).toBeUndefined();
    expect(instanceOwner(dataDir)).toBeUndefined();
    for (const secret of [...Object.values(secrets), readFileSync(join(dataDir, 'postgres-password'), 'utf8').trim()]) {
      expect(product.output()).not.toContain(secret);
    }
  });

  it('is refused while another uses the folder, starts after that one was killed, and ends with 0 on SIGTERM', async () => {
    const first = run();
    await first.address;
    const second = run();
    expect(await second.ended).toBe(78);
    expect(second.output()).toContain(`Another instance (process ${first.child.pid}) already uses the data folder`);
    expect(second.output()).not.toMatch(/^ +at /m);

    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    expect(runningPostgresUrl(dataDir)).toBeDefined();
    const third = run();
    await third.address;
    expect(third.output()).toContain('taken over');
    third.child.kill('SIGTERM');
    expect(await third.ended).toBe(0);
    expect(runningPostgresUrl(dataDir)).toBeUndefined();
  });

  it('ends in order when it is told to while it is still starting', async () => {
    const product = run();
    await once(product.child.stdout as NodeJS.ReadableStream, 'data');
    product.child.kill('SIGTERM');
    expect(await product.ended).toBe(0);
    expect(runningPostgresUrl(dataDir)).toBeUndefined();
  });

  it('says in a sentence each what is wrong with its settings, and starts nothing', async () => {
    const product = run({ PORT: 'eighty', EXCHANGE_MODE: 'binance_mainnet', TELEGRAM_BOTTOKEN: 'x' });
    expect(await product.ended).toBe(78);
    expect(product.output()).toMatch(/PORT: /);
    expect(product.output()).toMatch(/TELEGRAM_BOTTOKEN is not a setting/);
    expect(product.output()).not.toMatch(/^ +at /m);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it.each([
    [{ EXCHANGE_MODE: 'binance_testnet' }, 'EXCHANGE_MODE=binance_testnet: the Binance client is not part'],
    [{ PRICE_FEED: 'foo' }, 'PRICE_FEED=foo: there is no such plugin; known: binance, replay, simulated'],
    [{ MAIL_CHANNEL: 'smtp' }, 'SMTP_URL: '],
    [{ TELEGRAM_BOT_TOKEN: 'abc' }, 'TELEGRAM_BOT_TOKEN: must be a bot token'],
    [{ DATABASE_URL: 'mysql://127.0.0.1/verzek' }, 'DATABASE_URL: must be an address such as postgres://'],
    [{ TRUSTED_PROXIES: 'foo' }, 'TRUSTED_PROXIES.0: must be addresses or networks'],
  ])('says in a sentence what is wrong with %j before it starts a database', async (settings, sentence) => {
    const product = run(settings as Record<string, string>);
    expect(await product.ended).toBe(78);
    expect(product.output()).toContain(`- ${sentence}`);
    expect(product.output().trim().split('\n')).toHaveLength(2);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('says which port is taken, or that its folder is, before it makes anything', async () => {
    const first = run();
    const port = new URL(await first.address).port;
    const other = mkdtempSync(join(tmpdir(), 'process spec '));
    for (const taken of ['PORT', 'METRICS_PORT']) {
      const second = run({ [taken]: port, DATA_DIR: other });
      expect(await second.ended).toBe(1);
      expect(second.output()).toContain(`:${port}. Set PORT (and METRICS_PORT)`);
      expect(readdirSync(other)).toEqual([]);
    }
    const third = run({ PORT: port });
    expect(await third.ended).toBe(78);
    expect(third.output()).toContain(`Another instance (process ${first.child.pid}) already uses the data folder`);
    rmSync(other, { recursive: true, force: true });
  });
});
