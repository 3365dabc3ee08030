/** What keeps rows of the audit trail from their seals is told, and not in every run. */
import type { Config } from '../../../config/schema.js';
import type { AuditChainRepository } from '../../../platform/audit/audit-chain.repository.js';
import type { AuditTrail } from '../../../platform/audit/audit-trail.js';
import { SystemClock } from '../../../platform/clock/clock.js';
import type { Database } from '../../../platform/database/database.js';
import type { Logger } from '../../../platform/logging/logger.js';
import { AuditSealing } from './audit-sealing.service.js';

async function linesOf(runs: number, chain: object): Promise<string[]> {
  const lines: string[] = [];
  const logger = {
    info: () => undefined,
    warn: (message: string) => lines.push(`warn ${message}`),
    error: (message: string) => lines.push(`error ${message}`),
  };
  const now = <T>(work: () => T) => work();
  const nothing = () => Promise.resolve(undefined);
  const sealing = new AuditSealing(
    { mendEnd: nothing, refused: nothing, seal: () => Promise.resolve(0), ...chain } as unknown as AuditChainRepository,
    {} as AuditTrail,
    { inLane: (_lane: string, work: () => unknown) => work(), transaction: now } as unknown as Database,
    new SystemClock(),
    logger as unknown as Logger,
    { process: { ROLE: 'worker' } } as Config,
  );
  for (let run = 0; run < runs; run += 1) await sealing.run();
  return lines;
}

it('says nothing while rows are sealed', async () => {
  expect(await linesOf(30, {})).toEqual([]);
});

it('says every minute that somebody else has the lock', async () => {
  const chain = { seal: () => Promise.resolve(undefined) };
  expect(await linesOf(11, chain)).toEqual([]);
  expect(await linesOf(24, chain)).toEqual(Array(2).fill(expect.stringMatching(/^warn .* lock of the audit trail/)));
});

it('says every minute that rows without signature are not sealed', async () => {
  const chain = { refused: () => Promise.resolve({ count: 3, first: 17 }) };
  expect(await linesOf(13, chain)).toEqual(Array(2).fill(expect.stringMatching(/^error .* have no signature/)));
});

it('says louder that sealing has failed for a minute', async () => {
  const lines = await linesOf(12, { seal: () => Promise.reject(new Error('duplicate key')) });
  expect(lines.filter((line) => line.startsWith('error'))).toEqual([expect.stringContaining('has not been sealed')]);
  expect(lines).toHaveLength(12);
});
