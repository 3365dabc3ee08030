/**
 * One encrypted secret of an exchange account (API key, API secret, passphrase).
 * Keeps: ciphertext only, bound by associated data to owner, account and field; `hint` is the masked form that is shown.
 */
import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Column } from 'typeorm';
import { TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('account_credentials')
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
