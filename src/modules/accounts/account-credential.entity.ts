/**
 * One encrypted secret of an exchange account (API key, API secret, passphrase).
 * Keeps: ciphertext only, bound by associated data to owner, account and field; `hint` is the masked form that is
 * shown, and tells something of the API key only, never of a secret.
 */
import { Check, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Column } from 'typeorm';
import { TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('account_credentials')
@Check('ck_account_credentials_hint', "field = 'api_key' OR hint = '••••'")
export class AccountCredential {
  @ForeignKey('accounts', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  accountId: number;

  @PrimaryColumn('text')
  field: string;

  @Column('bytea')
  ciphertext: Buffer;

  @TextColumn()
  hint: string;

  @TimeColumn()
  createdAt: Date;
}
