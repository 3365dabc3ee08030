/** A switch as one is answered alone: with what is still live in its scope, where it closes positions. */
import type { UserCaller } from '../../platform/http/caller.js';
import { type SwitchView, switchView } from './safety.dto.js';
import type { ScopedPositionsRepository } from './scoped-positions.repository.js';
import type { SwitchRow } from './switches.repository.js';

export async function fullSwitchView(
  row: SwitchRow,
  caller: UserCaller,
  positions: ScopedPositionsRepository,
): Promise<SwitchView> {
  return switchView(row, caller, row.mode === 'flatten' ? await positions.countLive(row.scope, row.value) : null);
}
