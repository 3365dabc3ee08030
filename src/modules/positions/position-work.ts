/**
 * The work that positions cause, as rows that trading serves.
 */
import type { NewWork } from '../../platform/work/work-queue.js';

/** Closing a position, whole or in part, on its owner's request. */
export const POSITION_CLOSE_QUEUE = 'position.close';

export interface PositionCloseRequest {
  readonly position_id: number;
  /** Decimal text in the base asset; null closes what remains. */
  readonly qty: string | null;
  readonly actor_id: number;
}

/** `requestKey` tells repeats of one request from new ones; a whole close needs none. */
export function positionCloseWork(request: PositionCloseRequest, requestKey = 'whole'): NewWork {
  return {
    queue: POSITION_CLOSE_QUEUE,
    key: `${request.position_id}:${requestKey}`,
    serialKey: `position:${request.position_id}`,
    priority: 10,
    payload: { ...request },
  };
}
