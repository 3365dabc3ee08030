/** What the reading of a message answers, as an example that gives its schema. */
import { NOISE } from '../../domain/signal-text/read-signal-text.js';
import { REFUSALS } from '../../domain/signal-text/refusals.js';
import { free, oneOf, orNull } from '../../platform/openapi/shape.js';

const CODES = Object.keys(REFUSALS) as [string, ...string[]];

export const PARSED = {
  kind: oneOf('signal', 'update', 'noise', 'refused'),
  confidence: orNull(85),
  why: orNull(oneOf(...NOISE)),
  question: orNull(REFUSALS.STOP_ON_WRONG_SIDE),
  reasons: [{ code: oneOf(...CODES), field: 'stop', text: '144.8', span: orNull([0]) }],
  spans: free({ symbol: [[1, 9]], side: [[10, 14]] }),
  intent: orNull(free({ kind: 'ENTER', symbol: 'SOLUSDT', side: 'LONG' })),
  draft: orNull(free({ symbol: 'SOLUSDT', side: 'LONG', entry: '151.2', tp: ['154'], sl: '144.8' })),
  problems: [{ field: 'sl', rule: 'must be below the entry of a LONG' }],
};
