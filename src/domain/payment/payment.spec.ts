import fc from 'fast-check';
import { jsonUsdt, microOf, percentOfMicro, share, usdtOf } from './micro-usdt.js';
import * as entries from './money-entry.js';
import { nextStatus, OPEN_STATUSES, PAYMENT_EVENTS, PAYMENT_STATUSES, statusesBehind } from './payment-status.js';
import { amountMarks, effectOf, type OpenInvoice } from './settlement.js';
import { CLAIM_HOLD_MS, judgeClaim } from './transfer-claim.js';
import { isTronAddress, tronAddress, tronHex } from './tron-address.js';

const micro = fc.bigInt({ min: 0n, max: 10n ** 15n });

describe('amounts of USDT', () => {
  it('survive the way to text and back, and percentages never round up', () => {
    fc.assert(fc.property(micro, (amount) => expect(microOf(usdtOf(amount))).toBe(amount)));
    fc.assert(
      fc.property(micro, fc.integer({ min: 0, max: 1_000_000 }), (amount, parts) => {
        const percent = `${Math.floor(parts / 10_000)}.${String(parts % 10_000).padStart(4, '0')}`;
        expect(percentOfMicro(amount, percent)).toBe(share(amount, BigInt(parts), 1_000_000n));
      }),
    );
    expect(usdtOf(-50_370_000n)).toBe('-50.37');
    expect(jsonUsdt(50_370_000n)).toBe(50.37);
    for (const wrong of ['1.0000001', '-1', '1e3', '', ' 1']) expect(() => microOf(wrong)).toThrow(RangeError);
    expect(microOf('1.00000000')).toBe(1_000_000n);
  });
});

describe('the table of statuses', () => {
  it('names only statuses, never leaves REFUNDED, and leaves PAID by a refund only', () => {
    for (const status of PAYMENT_STATUSES) {
      for (const event of PAYMENT_EVENTS) {
        const next = nextStatus(status, event);
        if (next !== undefined) expect(PAYMENT_STATUSES).toContain(next);
        if (status === 'REFUNDED') expect(next).toBeUndefined();
        if (status === 'PAID') expect(next).toBe(event === 'refund' ? 'REFUNDED' : undefined);
      }
    }
  });

  it('lets money in from every open status, and a late transfer into REVIEW from every one that is not paid', () => {
    for (const status of OPEN_STATUSES) {
      expect([nextStatus(status, 'full'), nextStatus(status, 'short'), nextStatus(status, 'expire')]).toEqual([
        'PAID',
        'UNDERPAID',
        'EXPIRED',
      ]);
    }
    for (const status of [...OPEN_STATUSES, 'EXPIRED', 'REVIEW'] as const) {
      expect([nextStatus(status, 'late'), nextStatus(status, 'doubt')]).toEqual(['REVIEW', 'REVIEW']);
    }
  });

  it('is told in the four words of the contract, which name all of them', () => {
    const words = ['PENDING', 'PENDING_VERIFICATION', 'VERIFIED', 'FAILED'];
    expect(words.flatMap(statusesBehind).sort()).toEqual([...PAYMENT_STATUSES].sort());
    expect(statusesBehind('UNDERPAID')).toEqual(['UNDERPAID']);
    expect(statusesBehind('NOTHING')).toEqual([]);
  });
});

describe('entries', () => {
  it('sum to zero, whatever the amounts', () => {
    fc.assert(
      fc.property(micro, micro, (a, b) => {
        const all = [
          entries.transferEntry(a),
          entries.reserveEntry(a),
          entries.releaseEntry(a),
          entries.purchaseEntry(a, b),
          entries.purchaseEntry(a, -b),
          entries.refundEntry(a, b, 'balance'),
          entries.refundEntry(a, b, 'wallet'),
          entries.creditNoteEntry(a),
          entries.bonusEntry(a),
          entries.bonusBackEntry(a),
          entries.payoutRequestEntry(a),
          entries.payoutEntry(a, b),
          entries.payoutRejectedEntry(a),
          entries.movedOutEntry(a),
          entries.movedInEntry(a),
        ];
        expect(all.map(entries.sumOf)).toEqual(all.map(() => 0n));
      }),
    );
  });
});

describe('what a transfer does', () => {
  const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1, 0, minutes));
  const invoice: OpenInvoice = { status: 'PENDING', net: 50n, held: 0n, createdAt: at(0), expiresAt: at(60) };
  const effect = (amount: bigint, minutes: number, change: Partial<OpenInvoice> = {}) =>
    effectOf({ ...invoice, ...change }, { amount, at: at(minutes) });

  it.each([
    ['enough, in time', effect(50n, 10), { effect: 'full' }],
    ['more than enough, in the last moment', effect(99n, 60), { effect: 'full' }],
    ['too little', effect(20n, 10), { effect: 'short', missing: 30n }],
    ['the rest', effect(30n, 10, { status: 'UNDERPAID', held: 20n }), { effect: 'full' }],
    ['after the end', effect(50n, 61), { effect: 'late' }],
    ['in time, but it was closed', effect(50n, 10, { status: 'EXPIRED' }), { effect: 'late' }],
    ['once more', effect(50n, 10, { status: 'PAID' }), { effect: 'surplus' }],
    ['before the invoice was made', effect(50n, -5), { effect: 'too_early' }],
  ])('%s', (_name, seen, expected) => expect(seen).toEqual(expected));

  it('marks amounts by less than one USDT, cents first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 1, maxLength: 400 }), (random) => {
        const marks = amountMarks(random);
        expect(marks.every((mark) => mark > 0n && mark < 1_000_000n)).toBe(true);
        expect(marks.slice(0, 40).every((mark) => mark % 10_000n === 0n)).toBe(true);
        expect(marks.slice(0, 340).every((mark) => mark % 100n === 0n)).toBe(true);
      }),
    );
  });
});

describe('who named a transfer of an inexact amount', () => {
  const evidence = fc.record({
    claimedAt: fc.integer({ min: 0, max: 4 * CLAIM_HOLD_MS }).map((at) => new Date(at)),
    isContested: fc.boolean(),
    isKnownSender: fc.boolean(),
    couldBeOthers: fc.boolean(),
  });
  const times = fc.integer({ min: 0, max: 8 * CLAIM_HOLD_MS });

  it('gets nothing without a person where another names it too, and nothing at once from a sender not known', () => {
    fc.assert(
      fc.property(evidence, times, (known, at) => {
        const { verdict } = judgeClaim(known, new Date(at));
        if (known.isContested) expect(verdict).toBe('doubt');
        const isYoung = at < known.claimedAt.getTime() + CLAIM_HOLD_MS;
        if (verdict === 'credit' && isYoung) expect(known).toMatchObject({ isKnownSender: true, couldBeOthers: false });
        if (verdict === 'credit') expect(known.isKnownSender || !known.couldBeOthers).toBe(true);
      }),
    );
  });

  it('never loses by time, and waits an hour at most for what is not left to a person', () => {
    fc.assert(
      fc.property(evidence, times, (known, at) => {
        const now = judgeClaim(known, new Date(at));
        const later = judgeClaim(known, new Date(at + CLAIM_HOLD_MS));
        if (now.verdict !== 'hold') return expect(later).toEqual(now);
        expect(now.until.getTime()).toBe(known.claimedAt.getTime() + CLAIM_HOLD_MS);
        expect(judgeClaim(known, now.until).verdict).toBe('credit');
      }),
    );
  });
});

describe('TRON addresses', () => {
  it('are what the token’s published address says, and survive both ways', () => {
    expect(tronHex('TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t')).toBe('a614f803b6fd780986a42c78ec9c7f77e6ded13c');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), (bytes) => {
        const hex = Buffer.from(bytes).toString('hex');
        expect(tronHex(tronAddress(hex))).toBe(hex);
      }),
    );
  });

  it('with one wrong sign are refused', () => {
    const right = 'TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t';
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 33 }), fc.constantFrom(...'123456789ABCDEFGHJKLMNPQ'), (place, sign) => {
        const wrong = right.slice(0, place) + sign + right.slice(place + 1);
        expect(isTronAddress(wrong)).toBe(wrong === right);
      }),
    );
    for (const text of ['', 'T', '0x52908400098527886E0F7030069857D2E4169EE7', right.toLowerCase()]) {
      expect(isTronAddress(text)).toBe(false);
    }
  });
});
