/**
 * The work that positions cause, as rows that trading serves.
 */
import type { PlanSpec } from '../../domain/plan/parse-plan.js';
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

/** Editing a position on its owner's request. */
export const POSITION_EDIT_QUEUE = 'position.edit';

/** What is to change; decimals as text. */
export interface PositionEditOrder {
  readonly stop_loss?: string;
  readonly targets?: readonly string[];
  readonly entry?: string;
  readonly cancel_entries?: readonly string[];
  readonly add_entries?: readonly { readonly price: string; readonly qty: string }[];
  readonly plan?: PlanSpec;
  readonly allow_looser?: boolean;
}

export interface PositionEditRequest {
  readonly position_id: number;
  /** By which the log finds it. */
  readonly request: string;
  readonly actor_id: number;
  readonly order: PositionEditOrder;
}

export function positionEditWork(request: PositionEditRequest): NewWork {
  return {
    queue: POSITION_EDIT_QUEUE,
    key: `${request.position_id}:${request.request}`,
    serialKey: `position:${request.position_id}`,
    priority: 10,
    payload: { ...request },
  };
}
