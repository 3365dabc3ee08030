/**
 * The guards of the code, each with the way to break it and the tests that must then fail.
 * Keeps: `find` stands exactly once in its file; a guard that moves must move here too, which `npm test` asks for.
 * A new one is one entry.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './project.mjs';

const MEMORY = ['test/simulation/memory'];
const QUEUE = ['test/medium/work-queue'];
const LOCKS = ['test/medium/locks'];
const BOOKS = ['test/medium/invariants'];
const PATHS = ['test/medium/write-paths'];
const RACES = ['test/e2e/races'];
const KILLS = ['test/simulation/kill-matrix'];

const position = (name) => `src/domain/position/${name}`;
const trading = (name) => `src/modules/trading/${name}`;

export const BREAKAGES = [
  {
    name: 'a target may be taken twice',
    file: 'src/domain/position/on-price.ts',
    find: 'if (result.after.targetHitAt[target - 1] !== null || result.after.remainingQty.isZero) continue;',
    put: 'if (result.after.remainingQty.isZero) continue;',
    noticed: MEMORY,
  },
  {
    name: 'an exit may exceed what remains',
    file: 'src/domain/position/exits.ts',
    find: 'const qty = Decimal.min(order.qty, position.remainingQty);',
    put: 'const qty = order.qty;',
    noticed: MEMORY,
  },
  {
    name: 'the stop is not looked at',
    file: position('on-price.ts'),
    find: 'if (ended !== undefined) return ended;',
    put: '',
    noticed: MEMORY,
  },
  {
    name: 'entries fill beyond the stop',
    file: position('on-price.ts'),
    find: ' || isBeyondStop(position, leg)) continue;',
    put: ') continue;',
    noticed: MEMORY,
  },
  {
    name: 'a stop may retreat',
    file: position('stops.ts'),
    find: 'if (before !== null && !isTighter(position, price, before)) return change;',
    put: '',
    noticed: MEMORY,
  },
  {
    name: 'a stop is moved to where the market has been',
    file: position('stops.ts'),
    find: 'if (isPassed && on.isTrial !== true) return change;',
    put: '',
    noticed: MEMORY,
  },
  {
    name: 'a leg may fill beyond its quantity',
    file: position('entries.ts'),
    find: 'const qty = Decimal.min(order.qty, open);',
    put: 'const qty = order.qty.plus(order.qty);',
    noticed: MEMORY,
  },
  {
    name: 'an entry fee is not booked',
    file: position('entries.ts'),
    find: 'realisedPnl: position.realisedPnl.minus(fee),',
    put: 'realisedPnl: position.realisedPnl,',
    noticed: MEMORY,
  },
  {
    name: 'a withdrawn entry keeps its margin',
    file: position('entries.ts'),
    find: 'marginDelta: change.marginDelta.minus(position.margin),',
    put: 'marginDelta: change.marginDelta,',
    noticed: MEMORY,
  },
  {
    name: 'a part closed by hand leaves the ladder as it was',
    file: position('exits.ts'),
    find: 'return order.target === undefined ? withRungs(partial, partial.remainingQty) : partial;',
    put: 'return partial;',
    noticed: MEMORY,
  },
  {
    name: 'entries that expire wait on',
    file: position('on-time.ts'),
    find: 'const expired = isDue(position.entryExpiresAt, now) ? expire(start, now) : start;',
    put: 'const expired = start;',
    noticed: MEMORY,
  },
  {
    name: 'a detached position follows its signal',
    file: position('on-command.ts'),
    find: 'if (position.isDetached && OF_THE_SIGNAL.has(command.kind)) return undefined;',
    put: '',
    noticed: MEMORY,
  },
  {
    name: 'the cap lets one more through',
    file: 'src/domain/risk/size-gates.ts',
    find: 'admits: (c) => c.follower.openPositions < concurrentCap(c),',
    put: 'admits: (c) => c.follower.openPositions <= concurrentCap(c),',
    noticed: MEMORY,
  },
  {
    name: 'own capital is not asked for',
    file: 'src/domain/risk/size-gates.ts',
    find: 'return most.isPositive ? marginAfter(follower).lte(most) : undefined;',
    put: 'return most.isNegative ? marginAfter(follower).lte(most) : undefined;',
    noticed: MEMORY,
  },
  {
    name: 'a stop is not armed',
    file: position('watch.ts'),
    find: "...(against === null ? [] : [{ toward: 'LOSS' as const, price: against }]),",
    put: '',
    noticed: MEMORY,
  },
  {
    name: 'a trail is not armed',
    file: trading('triggers/armory.ts'),
    find: 'if (item.trail !== null && best !== undefined) {',
    put: 'if (item.trail === null && best !== undefined) {',
    noticed: MEMORY,
  },
  {
    name: 'each symbol of a cross account may use up all of it',
    file: 'src/domain/margin/cross.ts',
    find: "const share = left.times(notional).dividedBy(total, EXACT_SCALE, 'floor');",
    put: 'const share = left;',
    noticed: MEMORY,
  },
  {
    name: 'entries fill although a switch forbids it',
    file: trading('changes/position-changes.service.ts'),
    find: '!barred.has(position.id)',
    put: 'barred !== undefined',
    noticed: ['test/e2e/safety-trading'],
  },
  {
    name: 'a leader that stands still is left alone',
    file: 'src/modules/market-data/leadership.ts',
    find: 'await this.notifications.endSilentHolder(LEADER_LOCK, SILENT_LEADER_MS)',
    put: 'await Promise.resolve(false)',
    noticed: ['src/modules/market-data/market-watch'],
  },
  {
    name: 'waiting for a turn counts as failing',
    file: 'src/platform/work/work-runner.ts',
    find: '!(error instanceof NotYet)',
    put: 'true',
    noticed: QUEUE,
  },
  {
    name: 'an ended signal takes reports',
    file: 'src/domain/signal/signal-progress.ts',
    find: `  if (isTerminalSignal(signal.status)) return undefined;
  switch (command.kind) {`,
    put: '  switch (command.kind) {',
    noticed: MEMORY,
  },
  {
    name: 'a price of NaN is believed',
    file: 'src/modules/market-data/tick-gate.ts',
    find: "if (!PLAIN_DECIMAL.test(tick.price) || !(Number(tick.price) > 0)) return 'price';",
    put: '',
    noticed: MEMORY,
  },
  {
    name: 'a price older than the last is believed',
    file: 'src/modules/market-data/tick-gate.ts',
    find: "if (last !== undefined && at < last.at.getTime()) return 'order';",
    put: '',
    noticed: MEMORY,
  },
  {
    name: 'work may be finished with a passed fence',
    file: 'src/platform/work/work-queue.ts',
    find: `finished_at = $3, leased_by = NULL, last_error = NULL
       WHERE id = $1 AND fence = $2 AND state = 'open'`,
    put: `finished_at = $3, leased_by = NULL, last_error = NULL
       WHERE id = $1 AND fence >= $2`,
    noticed: QUEUE,
  },
  {
    name: 'a claim does not raise the fence',
    file: 'src/platform/work/work-queue.ts',
    find: 'SET fence = fence + 1,',
    put: 'SET fence = fence,',
    noticed: QUEUE,
  },
  {
    name: 'a lease is not looked at',
    file: 'src/platform/work/work-queue.ts',
    find: "WHERE queue = $1 AND state = 'open' AND available_at <= $2",
    put: "WHERE queue = $1 AND state = 'open' AND ($2::timestamptz IS NOT NULL)",
    noticed: QUEUE,
  },
  {
    name: 'the work of a dead process waits for its lease',
    file: 'src/platform/work/gone-holders.ts',
    find: 'if (gone.length > 0) {',
    put: 'if (gone.length > 99) {',
    noticed: QUEUE,
  },
  {
    name: 'a process that still has a session counts as dead',
    file: 'src/platform/work/gone-holders.ts',
    find: 'const gone = this.#missed.filter((holder) => !connected.has(holder));',
    put: 'const gone = [...this.#missed, ...connected];',
    noticed: QUEUE,
  },
  {
    name: 'positions are changed without their lock',
    file: trading('changes/position-state.repository.ts'),
    find: 'WHERE id = ANY ($1::bigint[]) AND ${LIVE} ORDER BY id FOR UPDATE`',
    put: 'WHERE id = ANY ($1::bigint[]) AND ${LIVE} ORDER BY id`',
    noticed: LOCKS,
  },
  {
    name: 'caps are decided without the lock of the account',
    file: trading('fan-out/followers.repository.ts'),
    find: 'u.disabled_at IS NULL\n  ORDER BY u.id\n  FOR UPDATE OF a`;',
    put: 'u.disabled_at IS NULL\n  ORDER BY u.id`;',
    noticed: LOCKS,
  },
  {
    name: 'a line of the trade log is left out',
    file: trading('changes/change-columns.ts'),
    find: 'changes.flatMap(({ after, log }) => log.map((entry)',
    put: 'changes.flatMap(({ after, log }) => log.slice(1).map((entry)',
    noticed: BOOKS,
  },
  {
    name: 'an account does not follow its positions',
    file: trading('changes/change-columns.ts'),
    find: 'balance: sum.balance.plus(change.balanceDelta),',
    put: 'balance: sum.balance,',
    noticed: BOOKS,
  },
  {
    name: 'a fill is booked twice',
    file: trading('changes/change-writer.repository.ts'),
    find: "SELECT ordered.id, position_id, user_id, account_id, client_order_id || ':1', 'EXIT', price, qty, fee, liquidity, pnl, $14\n    FROM exit JOIN ordered USING (client_order_id)",
    put: "SELECT ordered.id, position_id, user_id, account_id, client_order_id || ':' || n, 'EXIT', price, qty, fee, liquidity, pnl, $14\n    FROM exit JOIN ordered USING (client_order_id), generate_series(1, 2) AS n",
    noticed: BOOKS,
  },
  {
    name: 'an event is not put into the outbox',
    file: 'src/modules/signals/signal-events.repository.ts',
    find: '      signalEventWork(event.signalId, key, row.id),\n',
    put: '',
    noticed: BOOKS,
  },
  {
    name: 'a post is not audited',
    file: 'src/modules/signals/signals.service.ts',
    find: "await this.#audit('signal.post', signalId, caller, { ...draft });",
    put: '',
    noticed: PATHS,
  },
  {
    name: 'an idempotency key is not looked up',
    file: 'src/modules/signals/signals.service.ts',
    find: 'const earlier = key === null ?',
    put: "const earlier = key !== '' ?",
    noticed: PATHS,
  },
  {
    name: 'entries wait on for an ended signal',
    file: trading('triggers/trigger-engine.service.ts'),
    find: 'if (isTerminalSignal(step.after.status)) await this.#expireEntries(step.after);',
    put: '',
    noticed: RACES,
  },
  {
    name: 'a new leader ignores what was noted',
    file: trading('triggers/trigger-engine.service.ts'),
    find: 'for (const crossing of await this.parts.crossings.unsettled()) await this.#settle(crossing);',
    put: '',
    noticed: RACES,
  },
  {
    name: 'a page is done in a transaction of its own',
    file: trading('fan-out/page.handler.ts'),
    find: "      await complete();\n      killPoint('fan-out:page-done');",
    put: "      killPoint('fan-out:page-done');",
    noticed: KILLS,
    build: true,
  },
  {
    name: 'a crossing is not noted',
    file: trading('triggers/trigger-engine.service.ts'),
    find: 'if (!isNoted) await this.parts.crossings.note(key, crossing);',
    put: '',
    noticed: KILLS,
    build: true,
  },
];

/** A sentence for each that is not to be found any more, or not once only. */
export function misplaced(breakages = BREAKAGES) {
  return breakages.flatMap(({ name, file, find }) => {
    const count = readFileSync(join(ROOT, file), 'utf8').split(find).length - 1;
    return count === 1
      ? []
      : [`"${name}": what it replaces stands ${count} times in ${file}, not once. Mend scripts/lib/breakages.mjs.`];
  });
}
