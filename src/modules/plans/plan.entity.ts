/**
 * A resolved and laid-out plan, shared by all positions that are managed by it.
 * Keeps: immutable and named by its own content, so that a position's rules can never change behind its back. Append-only.
 */
import { Entity, Index } from 'typeorm';
import { IdColumn, JsonColumn, TextColumn, TimeColumn } from '../../platform/database/columns.js';
import type { PlanBody } from './plan-body.js';

@Entity('plans')
@Index(['digest'], { unique: true })
export class Plan {
  @IdColumn()
  id: number;

  /** SHA-256 of the body, in hexadecimal. */
  @TextColumn()
  digest: string;

  @JsonColumn()
  body: PlanBody;

  @TimeColumn()
  createdAt: Date;
}
