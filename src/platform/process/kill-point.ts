/**
 * Named places at which a crash test lets the process die: `killPoint('fan-out:page-written')`.
 * Keeps: does nothing, at the cost of one comparison, unless a test armed that very place; the configuration refuses to
 * arm one outside NODE_ENV=test. A new place is one line in `KILL_POINTS` and one call.
 */

/** Every place, with what is then stored and what is not. */
export const KILL_POINTS = {
  'work:claimed': 'leased, nothing done',
  'work:completing': 'marked done, its transaction not committed where it has one',
  'signal:stored': 'signal, event, audit and work written, not committed',
  'dispatch:pages-written': 'entry fixed and pages written, not committed',
  'dispatch:committed': 'pages committed, signal not armed',
  'fan-out:decided': 'accounts locked, decisions made, nothing written',
  'fan-out:page-written': 'positions, orders, fills, log and decisions of a page written, page not done',
  'fan-out:page-done': 'page done, not committed',
  'fan-out:committed': 'page committed, nobody told',
  'crossing:seen': 'a price crossed triggers, nothing noted',
  'crossing:noted': 'the crossing is noted, nothing applied',
  'crossing:page-applied': 'one page of positions is committed, the others and the signals are not',
  'crossing:applied': 'everything applied, the note still open',
  'crossing:settled': 'the note is closed, books in memory not yet used again',
  'change:fill': 'an entry is filled, not committed',
  'change:growth': 'a further entry or a safety order is filled, not committed',
  'change:withdrawal': 'waiting entries of a held position are withdrawn, not committed',
  'change:stop-move': 'a stop is moved, not committed',
  'change:trail': 'a trail has begun, not committed',
  'change:target': 'a target is booked, not committed',
  'change:stop': 'a stop is booked, not committed',
  'change:liquidation': 'a liquidation and its loss are booked, not committed',
  'ledger:funding-charged': 'funding of a page of positions is booked, not committed',
  'change:close': 'a close by hand is booked, not committed',
  'change:cancel': 'a cancel is booked, not committed',
  'change:reversal': 'a reversal is booked, not committed',
  'flatten:page-closed': 'a page of a kill switch is closed, not committed',
  'signal-step:written': 'status and events of a signal written, not committed',
  'command:positions-applied': 'a signal and all its positions follow a command, the command is not done yet',
  'outbox:event-told': 'message and deliveries written, not committed',
  'outbox:sent': 'sent to the outside, not recorded',
  'outbox:recorded': 'recorded as sent, not committed',
  'telegram:stored': 'messages and their work are written, not committed',
  'telegram:taken': 'messages are stored, the provider does not know it yet',
  'telegram:carried-out': 'what a message asks for is done, its verdict not written',
  'payment:listed': 'transfers to the wallet are stored and the cursor is moved, not committed',
  'payment:verified': 'both sources agree on a transfer, nothing credited',
  'payment:credited': 'a transfer is credited and the plan given, not committed',
  'lead:begun': 'this process leads, nothing settled',
  'lead:settled': 'what the leader before noted is settled, books empty',
} as const;

export type KillPoint = keyof typeof KILL_POINTS;

/** How a test wants the process to go: for good, or to stand still until SIGCONT. */
const SIGNALS = { kill: 'SIGKILL', stop: 'SIGSTOP' } as const;

interface Armed {
  readonly point: KillPoint;
  readonly signal: (typeof SIGNALS)[keyof typeof SIGNALS];
  /** Passes left before it strikes. */
  passes: number;
}

let armed: Armed | undefined;

/** Whether any place is armed: for callers that would have to look for theirs in a list. */
export function isKillPointArmed(): boolean {
  return armed !== undefined;
}

/**
 * Arms a place: `NAME`, `NAME#3` for its third pass, `NAME#1!stop` to stand still there instead of dying.
 * Undefined disarms. Throws a `RangeError` that lists the places when there is no such one.
 */
export function armKillPoint(text: string | undefined): void {
  armed = undefined;
  if (text === undefined) return;
  const [, name = '', pass = '1', how = 'kill'] = /^([a-z:-]+)(?:#([1-9]\d{0,5}))?(?:!(kill|stop))?$/.exec(text) ?? [];
  if (!Object.hasOwn(KILL_POINTS, name)) {
    throw new RangeError(`There is no kill point "${text}". Known: ${Object.keys(KILL_POINTS).join(', ')}`);
  }
  armed = { point: name as KillPoint, signal: SIGNALS[how as keyof typeof SIGNALS], passes: Number(pass) };
}

/** Dies here if a test says so. */
export function killPoint(point: KillPoint): void {
  if (armed !== undefined && armed.point === point) strike(armed);
}

function strike(target: Armed): void {
  target.passes -= 1;
  if (target.passes !== 0) return;
  process.stderr.write(`kill point ${target.point}\n`);
  process.kill(process.pid, target.signal);
}
