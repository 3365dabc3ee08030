/** The trigger book against a plain list, and its promises on order, handles, memory and silence. */
import fc from 'fast-check';
import { TriggerBook, TriggerBooks, type TriggerDirection, type TriggerHit } from './trigger-book.js';

interface Listed {
  readonly handle: number;
  readonly ownerId: number;
  readonly kind: number;
  readonly direction: TriggerDirection;
  readonly price: number;
}

/** What the book promises, in the simplest possible way. */
class ListModel {
  open: Listed[] = [];
  previous = NaN;

  cross(price: number): TriggerHit[] {
    const fired = this.open.filter((item) => fires(item, price));
    this.open = this.open.filter((item) => !fires(item, price));
    const isFalling = price < this.previous;
    this.previous = price;
    const rank = (item: Listed) => ((item.direction === 'AT_OR_ABOVE') === isFalling ? 0 : 1);
    fired.sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (a.direction === 'AT_OR_ABOVE' ? a.price - b.price : b.price - a.price) ||
        a.ownerId - b.ownerId ||
        a.kind - b.kind ||
        a.handle - b.handle,
    );
    return fired.map(({ handle, ownerId, kind, price: level }) => ({ handle, ownerId, kind, price: level }));
  }
}

function fires(item: Listed, price: number): boolean {
  return item.direction === 'AT_OR_ABOVE' ? price >= item.price : price <= item.price;
}

const price = fc.integer({ min: 1, max: 40 });
const direction = fc.constantFrom<TriggerDirection>('AT_OR_ABOVE', 'AT_OR_BELOW');
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('add' as const), price, direction, owner: fc.nat(5), kind: fc.nat(2) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('cancel' as const), index: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cross' as const), price }) },
);

describe('TriggerBook', () => {
  it('does what a list would do, whatever is added, cancelled and crossed', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300, size: 'max' }), (commands) => {
        const book = new TriggerBook();
        const model = new ListModel();
        const handles: number[] = [];
        for (const step of commands) {
          if (step.do === 'add') {
            const handle = book.add(step.owner, step.kind, step.direction, step.price);
            model.open.push({
              handle,
              ownerId: step.owner,
              kind: step.kind,
              direction: step.direction,
              price: step.price,
            });
            expect(handles).not.toContain(handle);
            handles.push(handle);
          } else if (step.do === 'cancel') {
            const handle = handles[step.index % Math.max(1, handles.length)] ?? 12_345;
            expect(book.cancel(handle)).toBe(model.open.some((item) => item.handle === handle));
            model.open = model.open.filter((item) => item.handle !== handle);
          } else {
            expect(book.fires(step.price)).toBe(model.open.some((item) => fires(item, step.price)));
            expect(book.cross(step.price)).toEqual(model.cross(step.price));
          }
          expect(book.size).toBe(model.open.length);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('survives rebuilds: thousands cancelled in any order, the rest fires in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 500, maxLength: 2_000, size: 'max' }),
        (prices) => {
          const book = new TriggerBook();
          const handles = prices.map((level, index) => book.add(index, 0, 'AT_OR_ABOVE', level));
          const kept = prices.filter((_, index) => index % 5 === 0);
          handles.forEach((handle, index) => index % 5 !== 0 && book.cancel(handle));
          expect(book.cross(2_000_000).map((hit) => hit.price)).toEqual([...kept].sort((a, b) => a - b));
          expect(book.size).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('tells hits in the order in which the price met them', () => {
    const book = new TriggerBook();
    book.cross(100);
    book.add(1, 0, 'AT_OR_ABOVE', '110');
    book.add(2, 0, 'AT_OR_ABOVE', '105');
    book.add(3, 0, 'AT_OR_BELOW', '120');
    expect(book.cross(115).map((hit) => hit.ownerId)).toEqual([3, 2, 1]);
    book.add(4, 0, 'AT_OR_BELOW', '90');
    book.add(5, 0, 'AT_OR_BELOW', '95');
    expect(book.cross(80).map((hit) => hit.ownerId)).toEqual([5, 4]);
  });

  it('fires at exactly the price, and each trigger once', () => {
    const book = new TriggerBook();
    book.add(1, 7, 'AT_OR_ABOVE', '0.1');
    book.add(2, 8, 'AT_OR_BELOW', '0.1');
    expect(book.cross(0.1).map((hit) => [hit.ownerId, hit.kind])).toEqual([
      [2, 8],
      [1, 7],
    ]);
    expect(book.cross(0.1)).toEqual([]);
  });

  it('answers the same empty array whenever nothing fires', () => {
    const book = new TriggerBook();
    const nothing = book.cross(5);
    book.add(1, 0, 'AT_OR_ABOVE', 10);
    expect(book.cross(9.99)).toBe(nothing);
    expect(book.cross(NaN)).toBe(nothing);
    expect(new TriggerBooks().cross('BTCUSDT', 1)).toBe(nothing);
    expect(Object.isFrozen(nothing)).toBe(true);
  });

  it('knows an old handle from a new one of the same slot', () => {
    const book = new TriggerBook();
    const first = book.add(1, 0, 'AT_OR_ABOVE', 10);
    expect(book.cancel(first)).toBe(true);
    const second = book.add(2, 0, 'AT_OR_ABOVE', 10);
    expect(second).not.toBe(first);
    expect(book.cancel(first)).toBe(false);
    expect(book.size).toBe(1);
    expect(book.cross(10)).toEqual([{ handle: second, ownerId: 2, kind: 0, price: 10 }]);
    for (const handle of [second, -1, 1.5, NaN, 2 ** 53]) expect(book.cancel(handle)).toBe(false);
  });

  it('keeps owner ids beyond 32 bits', () => {
    const book = new TriggerBook();
    book.add(9_007_199_254_740_991, -5, 'AT_OR_BELOW', 3);
    expect(book.cross(1)[0]).toMatchObject({ ownerId: 9_007_199_254_740_991, kind: -5, price: 3 });
  });

  it.each(['0', '-1', 'abc', '', 'Infinity', 'NaN'])('refuses the price %p', (bad) => {
    expect(() => new TriggerBook().add(1, 0, 'AT_OR_ABOVE', bad)).toThrow(RangeError);
  });

  it('stays within 64 bytes an open trigger, and its memory does not grow by churn', () => {
    const book = new TriggerBook();
    let handles = Array.from({ length: 20_000 }, (_, index) => book.add(index, 0, 'AT_OR_ABOVE', 1 + index));
    expect(book.bytes / book.size).toBeLessThanOrEqual(64);
    const before = book.bytes;
    for (let round = 0; round < 20; round += 1) {
      handles = handles.map((handle, index) => {
        book.cancel(handle);
        return book.add(index, 0, 'AT_OR_ABOVE', 1 + ((index * 7 + round) % 20_000));
      });
    }
    expect(book.size).toBe(20_000);
    expect(book.bytes).toBeLessThanOrEqual(before * 2.5);
  });
});

describe('TriggerBooks', () => {
  it('keeps symbols apart, counts over all and drops one whole', () => {
    const books = new TriggerBooks();
    books.book('BTCUSDT').add(1, 0, 'AT_OR_ABOVE', '70000');
    books.book('ETHUSDT').add(2, 0, 'AT_OR_ABOVE', '4000');
    expect(books.size).toBe(2);
    expect(books.bytes).toBe(books.book('BTCUSDT').bytes + books.book('ETHUSDT').bytes);
    expect(books.cross('ETHUSDT', 70_000).map((hit) => hit.ownerId)).toEqual([2]);
    books.drop('BTCUSDT');
    expect(books.size).toBe(0);
    expect(books.cross('BTCUSDT', 80_000)).toEqual([]);
  });
});
