/**
 * Wraps anew, under the current master key, what older ones wrapped: data keys of users and secrets of the platform.
 * Keeps: what the data keys encrypt is not touched; every step is small and conditional, so a rotation that is cut short is
 * simply run again, beside a running product.
 */
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../../platform/audit/audit-trail.js';
import { MasterKeys } from '../../platform/crypto/master-keys.js';
import { PlatformSecrets } from '../../platform/crypto/platform-secrets.repository.js';
import { DataKeysRepository } from './data-keys.repository.js';

const AT_ONCE = 500;

export interface RotationResult {
  readonly keyId: string;
  readonly dataKeys: number;
  readonly secrets: number;
  /** Data keys and secrets of the platform that are still under other master keys; above 0 only where somebody made them meanwhile. */
  readonly left: number;
}

@Injectable()
export class KeyRotation {
  constructor(
    private readonly keys: MasterKeys,
    private readonly dataKeys: DataKeysRepository,
    private readonly secrets: PlatformSecrets,
    private readonly audit: AuditTrail,
  ) {}

  /** `onBatch` hears how many are done so far. Throws where one is wrapped by a key that is not configured. */
  async rotate(onBatch: (done: number) => void = () => undefined, atOnce = AT_ONCE): Promise<RotationResult> {
    const keyId = this.keys.currentId;
    const secrets = await this.secrets.rewrap();
    let dataKeys = 0;
    let afterUser = 0;
    for (;;) {
      const batch = await this.dataKeys.rewrap(afterUser, atOnce);
      if (batch === undefined) break;
      dataKeys += batch.count;
      afterUser = batch.lastUser;
      onBatch(dataKeys);
    }
    const counts = await this.dataKeys.counts();
    const left = counts.reduce(
      (sum, row) => sum + (row.master_key_id === keyId ? 0 : row.keys),
      await this.secrets.left(),
    );
    const after = { key_id: keyId, data_keys: dataKeys, platform: secrets, left };
    await this.audit.record({ actorKind: 'system', action: 'keys.rotate', subject: 'platform', after });
    return { keyId, dataKeys, secrets, left };
  }
}
