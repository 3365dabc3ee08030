/**
 * Random histories on a real PostgreSQL, with two workers behind a proxy that delays, hangs, drops and loses the answers
 * of commits. `npm run simulate:database -- --seeds N --steps M`; one again: `-- --seed S --seeds 1 --steps M`.
 */
import { eventually } from '../../support/application.js';
import { violationsAtQuiet, violationsOf } from '../../support/invariants.js';
import { type Fill } from '../memory/books.js';
import { figuresOf, SQUARE, units } from '../memory/oracle.js';
import { commandsOf } from '../model/commands.js';
import { DatabaseWorld } from './world.js';

const SEEDS = Number(process.env.SIMULATE_SEEDS ?? '2');
const STEPS = Number(process.env.SIMULATE_STEPS ?? '150');
const FIRST = Number(process.env.SIMULATE_SEED ?? '1');
/** How often the books are looked at while it happens. */
const LOOK_EVERY = 25;

const UNTOUCHED = `
  SELECT p.id, p.symbol, p.status, m.price FROM positions p JOIN market_prices m USING (symbol)
  WHERE p.status IN ('PENDING', 'OPEN', 'PARTIAL') AND CASE
    WHEN p.side = 'LONG' AND p.status = 'PENDING' THEN m.price <= p.entry_price
    WHEN p.side = 'SHORT' AND p.status = 'PENDING' THEN m.price >= p.entry_price
    WHEN p.side = 'LONG' THEN m.price <= p.stop_loss OR m.price >= p.target_prices[array_position(p.target_hit_at, NULL)]
    ELSE m.price >= p.stop_loss OR m.price <= p.target_prices[array_position(p.target_hit_at, NULL)] END`;

interface Booked {
  side: 'LONG' | 'SHORT';
  id: number;
  qty: string;
  remaining_qty: string;
  fees: string;
  realised_pnl: string;
  fills: Fill[] | null;
}

async function wrongFigures(world: DatabaseWorld): Promise<number[]> {
  const rows = await world.api.db.query<Booked>(
    `SELECT p.id, p.side, p.qty, p.remaining_qty, p.fees, p.realised_pnl,
       (SELECT jsonb_agg(jsonb_build_object('effect', f.effect, 'price', f.price::text, 'qty', f.qty::text, 'fee', f.fee::text))
        FROM fills f WHERE f.position_id = p.id) AS fills FROM positions p`,
  );
  const isWrong = (row: Booked): boolean => {
    const figures = figuresOf(row.fills ?? [], row.side === 'LONG' ? 1n : -1n);
    return (
      units(row.qty) !== figures.qty ||
      units(row.remaining_qty) !== figures.remaining ||
      units(row.fees) !== figures.fees ||
      units(row.realised_pnl) * SQUARE !== figures.pnl
    );
  };
  return rows.filter(isWrong).map(({ id }) => id);
}

describe('the simulation on a database', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))(
    `seed %d holds for ${STEPS} steps`,
    async (seed) => {
      const world = await DatabaseWorld.open();
      try {
        let step = 0;
        for (const command of commandsOf(seed, STEPS)) {
          await world.run(command);
          step += 1;
          if (step % LOOK_EVERY === 0) expect([step, await violationsOf(world.api.db, false)]).toEqual([step, []]);
        }
        await world.settle();
        await eventually(async () => {
          world.tellPrices();
          const open = await world.api.db.query(
            `SELECT 1 FROM work_items WHERE state = 'open' AND queue <> 'delivery'`,
          );
          return open.length === 0 && (await world.api.db.query(UNTOUCHED)).length === 0;
        }, 60_000);
        expect(await violationsAtQuiet(world.api.db, 30_000)).toEqual([]);
        expect(await wrongFigures(world)).toEqual([]);
        const [seen] = await world.api.db.query<{ fills: number; positions: number }>(
          'SELECT (SELECT count(*) FROM fills) AS fills, (SELECT count(*) FROM positions) AS positions',
        );
        process.stderr.write(`database simulation: seed ${seed}: ${seen?.positions} positions, ${seen?.fills} fills\n`);
        expect(seen?.fills).toBeGreaterThan(0);
      } finally {
        await world.close();
      }
    },
    STEPS * 1_000 + 150_000,
  );
});
