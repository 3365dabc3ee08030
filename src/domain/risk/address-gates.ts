/**
 * Gates that ask whether a signal is meant for a follower at all. Where one refuses, nothing of the follower's is touched
 * for the signal: a reversal does not close their other side either.
 */
import { type Gate, gate } from './gate.js';

const IS_ADDRESS = true;

const signal = gate(
  'signal',
  'SIGNAL_REFUSED',
  {
    admits: ({ shared }) => shared.refusal === null,
    input: ({ shared }) => ({ cause: shared.refusal }),
    limit: () => ({}),
    change: ({ shared }) => ({
      words: `nothing of yours: the signal was refused for everybody (${shared.refusal})`,
      data: { cause: null },
    }),
  },
  IS_ADDRESS,
);

const switches: Gate = {
  name: 'switches',
  isAddress: IS_ADDRESS,
  code: (c) => thrown(c)?.code ?? 'KILL_SWITCH',
  admits: (c) => thrown(c) === undefined,
  input: (c) => ({ ...thrown(c)?.detail }),
  limit: () => ({}),
  change: (c) => ({ words: `wait until ${thrown(c)?.code} is lifted`, data: { switches: [] } }),
};

function thrown({ shared, follower }: Parameters<Gate['admits']>[0]) {
  return shared.switches[0] ?? follower.switches[0];
}

const verification = gate(
  'verification',
  'NOT_VERIFIED',
  {
    admits: ({ shared, follower }) => (shared.require_verified ? follower.isVerified : undefined),
    input: ({ follower }) => ({ is_verified: follower.isVerified }),
    limit: ({ shared }) => ({ require_verified: shared.require_verified }),
    change: () => ({ words: 'verify your e-mail address', data: { is_verified: true } }),
  },
  IS_ADDRESS,
);

const tier = gate(
  'tier',
  'TIER_NOT_ALLOWED',
  {
    admits: ({ shared, follower }) => shared.allowed_tiers.includes(follower.tier),
    input: ({ follower }) => ({ tier: follower.tier }),
    limit: ({ shared }) => ({ allowed_tiers: shared.allowed_tiers }),
    change: ({ shared }) => {
      const [first = null] = shared.allowed_tiers;
      const words = first === null ? 'no plan may trade now' : `a plan of ${shared.allowed_tiers.join(' or ')}`;
      return { words, data: { tier: first } };
    },
  },
  IS_ADDRESS,
);

const account = gate(
  'account',
  'ACCOUNT_INACTIVE',
  {
    admits: ({ follower }) => follower.accountActive,
    input: ({ follower }) => ({ account_active: follower.accountActive }),
    limit: () => ({}),
    change: () => ({ words: 'switch the account on', data: { account_active: true } }),
  },
  IS_ADDRESS,
);

const source = gate(
  'source',
  'SOURCE_MUTED',
  {
    admits: ({ follower }) => follower.sourceEnabled,
    input: ({ follower }) => ({ source_enabled: follower.sourceEnabled }),
    limit: () => ({}),
    change: () => ({ words: 'follow the source again', data: { source_enabled: true } }),
  },
  IS_ADDRESS,
);

const symbol = gate(
  'symbol',
  'SYMBOL_NOT_ALLOWED',
  {
    admits: ({ follower }) => {
      if (follower.listing === 'FREE') return undefined;
      return follower.listing === 'LISTED';
    },
    input: ({ shared, follower }) => ({ symbol: shared.symbol, listing: follower.listing }),
    limit: () => ({}),
    change: ({ shared, follower }) =>
      follower.listing === 'BLACKLISTED'
        ? { words: `take ${shared.symbol} off symbol_blacklist`, data: { listing: 'LISTED' } }
        : { words: `put ${shared.symbol} on symbol_whitelist, or empty it`, data: { listing: 'LISTED' } },
  },
  IS_ADDRESS,
);

const confidence = gate(
  'confidence',
  'CONFIDENCE_TOO_LOW',
  {
    admits: ({ shared, follower: { limits } }) =>
      limits.min_confidence === null ? undefined : shared.confidence >= limits.min_confidence,
    input: ({ shared }) => ({ confidence: shared.confidence }),
    limit: ({ follower: { limits } }) => ({ min_confidence: limits.min_confidence }),
    change: ({ shared }) => ({
      words: `lower min_confidence to ${shared.confidence}`,
      data: { min_confidence: shared.confidence },
    }),
  },
  IS_ADDRESS,
);

export const ADDRESS_GATES: readonly Gate[] = [
  signal,
  switches,
  verification,
  tier,
  account,
  source,
  symbol,
  confidence,
];
