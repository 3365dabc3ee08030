/**
 * One row that counts the changes of switches and breakers, so that every process sees with one cheap read whether what it
 * remembers is still true.
 */
import { Check, Entity, PrimaryColumn } from 'typeorm';
import { RefColumn } from '../../platform/database/columns.js';

@Entity('safety_epoch')
@Check('ck_safety_epoch_single', 'id = 1')
export class SafetyEpoch {
  @PrimaryColumn('integer')
  id: number;

  @RefColumn({ default: '0' })
  epoch: number;
}
