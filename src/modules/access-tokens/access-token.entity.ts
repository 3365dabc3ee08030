/**
 * Tokens for programs, each of a user or of a source, and the nonces of signed calls.
 * Keeps: of a bearer token the hash only, of a signing secret the ciphertext only; the prefix is public and names the token.
 */
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { IdColumn, RefColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';

@Entity('access_tokens')
@Index(['prefix'], { unique: true })
@Index(['userId', 'id'])
@Index(['sourceId', 'id'])
@Index(['staffSessionId'])
@Check(
  'ck_access_tokens_of_staff',
  "staff_session_id IS NULL OR user_id IS NOT NULL AND kind = 'bearer' AND expires_at IS NOT NULL",
)
@Check('ck_access_tokens_owner', '(user_id IS NULL) <> (source_id IS NULL)')
@Check('ck_access_tokens_of_source', "source_id IS NULL OR kind = 'bearer'")
@Check('ck_access_tokens_kind', "kind IN ('bearer', 'signed')")
@Check(
  'ck_access_tokens_secret',
  "(kind = 'bearer') = (secret_hash IS NOT NULL) AND (kind = 'signed') = (sealed_secret IS NOT NULL)",
)
export class AccessToken {
  @IdColumn()
  id: number;

  @ForeignKey('users', { onDelete: 'CASCADE' })
  @RefColumn({ nullable: true })
  userId: number | null;

  /** Whoever shows the token posts as this source. */
  @ForeignKey('sources', { onDelete: 'CASCADE' })
  @RefColumn({ nullable: true })
  sourceId: number | null;

  /** Of an administrator who reads by it what the user sees: it ends with that session. */
  @ForeignKey('sessions', { onDelete: 'CASCADE' })
  @Column('uuid', { nullable: true })
  staffSessionId: string | null;

  @TextColumn()
  name: string;

  @TextColumn()
  kind: string;

  @TextColumn()
  prefix: string;

  @Column('bytea', { nullable: true })
  secretHash: Buffer | null;

  @Column('bytea', { nullable: true })
  sealedSecret: Buffer | null;

  @Column('text', { array: true })
  scopes: string[];

  @TimeColumn()
  createdAt: Date;

  @TimeColumn({ nullable: true })
  expiresAt: Date | null;

  @TimeColumn({ nullable: true })
  lastUsedAt: Date | null;

  @TextColumn({ default: '' })
  lastAddress: string;

  @TimeColumn({ nullable: true })
  revokedAt: Date | null;
}

/** A nonce that was used: kept until its call would be refused for its age. */
@Entity('access_nonces')
@Index(['expiresAt'])
export class AccessNonce {
  @ForeignKey('access_tokens', { onDelete: 'CASCADE' })
  @PrimaryColumn('bigint')
  tokenId: number;

  @PrimaryColumn('text')
  nonce: string;

  @TimeColumn()
  expiresAt: Date;
}
