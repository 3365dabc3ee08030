/**
 * Takes over exchange keys that the old system encrypted with Fernet: each is decrypted and stored as if it were connected
 * today, under its owner's data key.
 * Keeps: keys go only to whoever has shown that the address is theirs, and who is told of it; a row is stored whole or not at
 * all; what is there already stays, so an import may be repeated; no key and no token is told in what is reported.
 */
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { DecryptionError } from '../../platform/crypto/envelope.js';
import { type FernetKey, readFernet } from '../../platform/crypto/fernet.js';
import { Database } from '../../platform/database/database.js';
import { composeMail } from '../mail/mail-layout.js';
import { Mailer } from '../mail/mailer.service.js';
import { VENUES } from './accounts.controller.js';
import { AccountsRepository, type ImportOwner } from './accounts.repository.js';
import { Vault } from './vault.service.js';

const ROW = z.object({
  email: z.string().trim().toLowerCase().min(3).max(254),
  exchange: z.string().trim().toLowerCase().pipe(z.enum(VENUES)),
  testnet: z.boolean().default(true),
  api_key: z.string().trim().min(1).max(4_000),
  api_secret: z.string().trim().min(1).max(4_000),
  passphrase: z
    .string()
    .trim()
    .max(4_000)
    .nullish()
    .transform((text) => (text === '' ? undefined : (text ?? undefined))),
});

type ImportRow = z.infer<typeof ROW>;

export interface ImportReport {
  readonly imported: number;
  /** Accounts that were there already. */
  readonly present: number;
  /** Each with its number in the file, from 1, and what is wrong with it. */
  readonly refused: readonly { readonly row: number; readonly reason: string }[];
}

/** Longest secrets that the product takes over HTTP. */
const LONGEST = { api_key: 256, api_secret: 512, passphrase: 128 } as const;

@Injectable()
export class FernetImport {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly vault: Vault,
    private readonly audit: AuditTrail,
    private readonly mailer: Mailer,
    private readonly database: Database,
  ) {}

  /** With `isTrial` everything is checked and nothing is stored. */
  async run(rows: readonly unknown[], keys: readonly FernetKey[], isTrial: boolean): Promise<ImportReport> {
    const refused: { row: number; reason: string }[] = [];
    let [imported, present] = [0, 0];
    for (const [index, raw] of rows.entries()) {
      const outcome = await this.#take(raw, keys, isTrial);
      if (outcome === 'imported') imported += 1;
      else if (outcome === 'present') present += 1;
      else refused.push({ row: index + 1, reason: outcome.reason });
    }
    return { imported, present, refused };
  }

  async #take(
    raw: unknown,
    keys: readonly FernetKey[],
    isTrial: boolean,
  ): Promise<'imported' | 'present' | { reason: string }> {
    const parsed = ROW.safeParse(raw);
    if (!parsed.success) {
      return {
        reason:
          [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'row'))].join(', ') + ' is malformed',
      };
    }
    const row = parsed.data;
    const secrets = secretsOf(row, keys);
    return this.database.transaction(async () => {
      const owner = await this.accounts.lockImportOwner(row.email);
      if (owner === undefined) return { reason: 'there is no such user' };
      const reason = refusalOf(owner);
      if (reason !== undefined) return { reason };
      if ('reason' in secrets) return secrets;
      if ((await this.accounts.findByExchange(owner.id, row.exchange)) !== undefined) return 'present';
      if (isTrial) return 'imported';
      return (await this.#store(owner, row, secrets.plain)) ? 'imported' : 'present';
    });
  }

  /** In the transaction that holds the owner's row. */
  async #store(owner: ImportOwner, row: ImportRow, plain: Readonly<Record<string, string>>): Promise<boolean> {
    const { exchange, testnet } = row;
    const accountId = await this.accounts.add(owner.id, exchange, testnet);
    if (accountId === undefined) return false;
    await this.vault.store(owner.id, accountId, plain);
    const after = { account_id: accountId, exchange, testnet };
    await this.audit.record({ actorKind: 'system', action: 'account.import', subject: `user:${owner.id}`, after });
    const mail = composeMail({
      subject: 'An exchange was connected',
      name: owner.full_name,
      paragraphs: [`Your keys of ${exchange} were taken over from the system before this one.`],
      closing: ['If you do not want this, disconnect the exchange in the app, and revoke the key there.'],
    });
    await this.mailer.post(owner.email, mail);
    return true;
  }
}

/** Why keys found by an address are not for whoever registered it; undefined where they are. */
function refusalOf(owner: ImportOwner): string | undefined {
  if (!owner.is_verified) return 'the user has not verified the address';
  if (owner.disabled_at !== null) return 'the user is disabled';
  if (owner.role !== 'user') return `the user is ${owner.role}, and keys are imported for the role user only`;
  if (owner.is_leaving) return 'the user has asked for deletion';
  return undefined;
}

function secretsOf(row: ImportRow, keys: readonly FernetKey[]): { plain: Record<string, string> } | { reason: string } {
  const plain: Record<string, string> = {};
  for (const field of ['api_key', 'api_secret', 'passphrase'] as const) {
    const token = row[field];
    if (token === undefined) continue;
    try {
      plain[field] = readFernet(keys, token).toString();
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      return { reason: `${field} was not encrypted with one of these keys, or is damaged` };
    }
    const { length } = plain[field];
    if (length === 0 || length > LONGEST[field]) return { reason: `${field} is empty or too long` };
  }
  return { plain };
}
