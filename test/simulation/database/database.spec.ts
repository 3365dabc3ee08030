/**
 * Random histories on a real PostgreSQL, with two workers behind a proxy that delays, hangs, drops and loses the answers
 * of commits. `npm run simulate:database -- --seeds N --steps M`; one again: `-- --seed S --seeds 1 --steps M`.
 */
import { eventually } from '../../support/application.js';
import { violationsAtQuiet, violationsOf } from '../../support/invariants.js';
import { REALISMS, type Realism } from '../../../src/domain/paper/fill-model.js';
import type { Fill } from '../memory/books.js';
import { figuresOf, NEARLY, SQUARE, units } from '../memory/oracle.js';
import { commandsOf } from '../model/commands.js';
import { DatabaseWorld } from './world.js';

const SEEDS = Number(process.env.SIMULATE_SEEDS ?? '1');
const STEPS = Number(process.env.SIMULATE_STEPS ?? '150');
const FIRST = Number(process.env.SIMULATE_SEED ?? '1');
/** How often the books are looked at while it happens. */
const LOOK_EVERY = 25;

interface Booked {
  side: 'LONG' | 'SHORT';
  id: number;
  qty: string;
  remaining_qty: string;
  cost: string;
  funding: string;
  close_reason: string | null;
  fees: string;
  realised_pnl: string;
  fills: Fill[] | null;
}

async function wrongFigures(world: DatabaseWorld): Promise<number[]> {
  const rows = await world.api.db.query<Booked>(
    `SELECT p.id, p.side, p.qty, p.remaining_qty, p.cost, p.funding, p.close_reason, p.fees, p.realised_pnl,
       (SELECT jsonb_agg(jsonb_build_object('effect', f.effect, 'price', f.price::text, 'qty', f.qty::text, 'fee', f.fee::text) ORDER BY f.id)
        FROM fills f WHERE f.position_id = p.id) AS fills FROM positions p`,
  );
  const isWrong = (row: Booked): boolean => {
    const { qty, remaining, fees, entered, left, cost } = figuresOf(row.fills ?? []);
    const off = units(row.cost) * SQUARE - cost;
    const gross = (units(row.realised_pnl) - units(row.funding) + units(row.fees)) * SQUARE;
    const earned = (row.side === 'LONG' ? 1n : -1n) * (left - entered + units(row.cost) * SQUARE);
    return (
      units(row.qty) !== qty ||
      units(row.remaining_qty) !== remaining ||
      units(row.fees) !== fees ||
      off > NEARLY ||
      off < -NEARLY ||
      (row.close_reason !== 'LIQUIDATION' && gross !== earned)
    );
  };
  return rows.filter(isWrong).map(({ id }) => id);
}

describe('the simulation on a database', () => {
  it.each(Array.from({ length: SEEDS }, (_, index) => FIRST + index))(
    `seed %d holds for ${STEPS} steps`,
    async (seed) => {
      const world = await DatabaseWorld.open(REALISMS[seed % REALISMS.length] as Realism);
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
            `SELECT queue, key, last_error FROM work_items WHERE state = 'open' AND queue <> 'delivery'`,
          );
          const missed = await world.untouched();
          const usedUp = await world.usedUp();
          if (open.length + missed.length + usedUp.length > 0)
            throw new Error(`not at rest: ${JSON.stringify([open, missed, usedUp])}`);
          return true;
        }, 60_000);
        expect(await violationsAtQuiet(world.api.db, 30_000)).toEqual([]);
        expect(await wrongFigures(world)).toEqual([]);
        expect(world.faults).toEqual([]);
        const [seen] = await world.api.db.query<{ fills: number; positions: number }>(
          'SELECT (SELECT count(*) FROM fills) AS fills, (SELECT count(*) FROM positions) AS positions',
        );
        process.stderr.write(`database simulation: seed ${seed}: ${seen?.positions} positions, ${seen?.fills} fills\n`);
        expect(seen?.positions).toBeGreaterThan(0);
      } finally {
        await world.close();
      }
    },
    STEPS * 1_000 + 150_000,
  );
});
