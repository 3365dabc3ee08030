/**
 * A secret of the platform itself, made by the product and wrapped by the master key.
 * Keeps: ciphertext only, bound to its name. Opening it at every start is what notices a wrong master key.
 */
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { TextColumn, TimeColumn } from '../database/columns.js';

@Entity('platform_secrets')
export class PlatformSecret {
  @PrimaryColumn('text')
  name: string;

  @Column('bytea')
  wrapped: Buffer;

  @TextColumn()
  masterKeyId: string;

  @TimeColumn()
  createdAt: Date;
}
