/**
 * What every way to verify payments promises, held against each folder of src/plugins/chains.
 */
import { readFileSync } from 'node:fs';
import { SystemClock } from '../../src/platform/clock/clock.js';
import { Logger } from '../../src/platform/logging/logger.js';
import { createFromPlugin, loadPlugin, pluginCodes, pluginHost } from '../../src/platform/plugins/plugin-loader.js';
import type { PaymentChain } from '../../src/ports/payment-chain.js';
import { STRANGER, TronServer, WALLET } from '../servers/tron/tron-server.js';

const codes = await pluginCodes('chains');
const host = pluginHost(new SystemClock(), Logger.silent());
const tron = new TronServer();
let url: string;

beforeAll(async () => {
  url = await tron.start();
});

afterAll(() => tron.stop());

async function chainOf(code: string): Promise<PaymentChain> {
  const environment = { PAYMENT_WALLET_TRC20: WALLET, TRONGRID_URL: url, TRONSCAN_URL: url };
  return createFromPlugin(await loadPlugin('chains', code, 'PAYMENT_CHAIN'), environment, host, undefined);
}

it('are documented in .env.example, setting by setting', async () => {
  expect(codes).toEqual(['manual', 'tron']);
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  for (const code of codes) {
    const { settings } = await loadPlugin('chains', code, 'PAYMENT_CHAIN');
    for (const name of Object.keys(settings.shape)) expect(example).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
  }
});

it.each(codes)('%s knows an address, and takes nothing unknown for a payment', async (code) => {
  const chain = await chainOf(code);
  expect(chain.code).toBe(code);
  expect([chain.isAddress(WALLET), chain.isAddress(`${WALLET}x`), chain.isAddress('')]).toEqual([true, false, false]);
  const { outcome } = await chain.verify('ab'.repeat(32));
  expect(['pending', 'by_hand']).toContain(outcome);
});

describe('tron', () => {
  it('sums what one transaction brings to us, exactly', async () => {
    const chain = await chainOf('tron');
    const hash = tron.pay([
      { amount: 1n },
      { amount: 9_007_199_254_740_993n },
      { amount: 5n, to: STRANGER },
      { amount: 7n, from: STRANGER },
    ]);
    tron.mine(18);
    expect(await chain.verify(hash)).toMatchObject({
      outcome: 'found',
      transfer: { txHash: hash, amount: 9_007_199_254_741_001n, from: STRANGER },
    });
  });

  it('counts confirmations to the block', async () => {
    const chain = await chainOf('tron');
    const hash = tron.pay({ amount: 1n });
    tron.mine(17);
    expect(await chain.verify(hash)).toEqual({ outcome: 'pending', reason: '18 of 19 confirmations' });
    tron.mine(1);
    expect(await chain.verify(hash)).toMatchObject({ outcome: 'found' });
  });

  it.each<['trongrid' | 'tronscan', number | 'drop' | 'nonsense']>([
    ['trongrid', 500],
    ['trongrid', 'drop'],
    ['trongrid', 'nonsense'],
    ['tronscan', 429],
    ['tronscan', 'nonsense'],
  ])('throws, and knows nothing, when %s answers %s', async (source, fault) => {
    const chain = await chainOf('tron');
    const hash = tron.pay({ amount: 1n });
    tron.mine();
    tron.faults[source].push(fault);
    await expect(chain.verify(hash)).rejects.toThrow();
  });

  it('lists page after page, from a cursor that only moves forward', async () => {
    const chain = await chainOf('tron');
    tron.pageSize = 3;
    const first = await chain.scan?.(undefined);
    const hashes = Array.from({ length: 8 }, () => tron.pay({ amount: 2n }));
    const second = await chain.scan?.(first?.cursor);
    expect(second?.txHashes).toEqual(expect.arrayContaining(hashes));
    expect(second?.cursor.block).toBeGreaterThan(first?.cursor.block ?? 0);
    const ahead = { block: (second?.cursor.block ?? 0) + 1_000, at: new Date(Date.now() + 60_000) };
    expect(await chain.scan?.(ahead)).toEqual({ txHashes: [], cursor: ahead });
  });

  it('refuses to start with a mistyped wallet', async () => {
    const plugin = await loadPlugin('chains', 'tron', 'PAYMENT_CHAIN');
    const wrong = { PAYMENT_WALLET_TRC20: `${WALLET.slice(0, -1)}2`, TRON_CONFIRMATIONS: '0' };
    expect(() => createFromPlugin(plugin, wrong, host, undefined)).toThrow(
      /PAYMENT_WALLET_TRC20[^]*TRON_CONFIRMATIONS/,
    );
  });
});
