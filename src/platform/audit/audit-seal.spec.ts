import fc from 'fast-check';
import {
  canonicalJson,
  GENESIS,
  isSigned,
  NONCE_BYTES,
  type SealedContent,
  sealEvent,
  signEvent,
  signHead,
} from './audit-seal.js';

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

const content: fc.Arbitrary<SealedContent> = fc.record({
  actorKind: fc.constantFrom('user', 'system'),
  actorId: fc.option(fc.nat()),
  action: fc.string(),
  subject: fc.string(),
  before: fc.dictionary(fc.string(), fc.jsonValue()),
  after: fc.dictionary(fc.string(), fc.jsonValue()),
  address: fc.string(),
  requestId: fc.option(fc.string()),
  createdAt: fc.date({ noInvalidDate: true }),
});

const FIELDS = [
  'actorKind',
  'actorId',
  'action',
  'subject',
  'before',
  'after',
  'address',
  'requestId',
  'createdAt',
] as const;

describe('canonical JSON', () => {
  it('is one text for one value, whatever the order of keys, and is read back as that value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const turned = JSON.parse(JSON.stringify(value), (_key, item: unknown) =>
          item !== null && typeof item === 'object' && !Array.isArray(item)
            ? Object.fromEntries(Object.entries(item).reverse())
            : item,
        ) as unknown;
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('sorts by code unit and leaves no space (RFC 8785, 3.2.3)', () => {
    expect(canonicalJson({ '\u20ac': 1, '\r': 2, a: [1, { c: null, b: undefined }], '1': 'é' })).toBe(
      '{"\\r":2,"1":"é","a":[1,{"c":null}],"€":1}',
    );
  });
});

describe('signatures of the audit trail', () => {
  it('hold for the row that was signed, and for none that differs in anything', () => {
    fc.assert(
      fc.property(
        bytes(32),
        bytes(NONCE_BYTES),
        content,
        content,
        fc.constantFrom(...FIELDS),
        (key, nonce, row, other, field) => {
          const mac = signEvent(key, nonce, row);
          expect(isSigned(key, mac, row)).toBe(true);
          expect(isSigned(Buffer.alloc(32, 1), mac, row)).toBe(false);
          const changed = { ...row, [field]: other[field] };
          if (canonicalJson([changed[field]]) !== canonicalJson([row[field]])) {
            expect(isSigned(key, mac, changed)).toBe(false);
          }
        },
      ),
    );
  });

  it('seals depend on the seal before, the place and the row', () => {
    fc.assert(
      fc.property(bytes(32), content, (key, row) => {
        const seals = [
          sealEvent(key, GENESIS, { seq: 1, id: 7, mac: null }, row),
          sealEvent(key, Buffer.alloc(32, 1), { seq: 1, id: 7, mac: null }, row),
          sealEvent(key, GENESIS, { seq: 2, id: 7, mac: null }, row),
          sealEvent(key, GENESIS, { seq: 1, id: 8, mac: null }, row),
          sealEvent(key, GENESIS, { seq: 1, id: 7, mac: Buffer.alloc(48) }, row),
          sealEvent(key, GENESIS, { seq: 1, id: 7, mac: null }, { ...row, address: `${row.address}x` }),
          signHead(key, 1, GENESIS),
        ];
        expect(new Set(seals.map((seal) => seal.toString('hex'))).size).toBe(seals.length);
      }),
    );
  });
});
