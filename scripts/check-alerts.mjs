/**
 * `npm run check:alerts -- FILE.jsonl… [--all]`: reads labelled alerts (one JSON object a line: `body`, `content_type`,
 * `expected`, `strict`) and prints how many are read exactly, by field. Ends with 1 where fewer than 97 % of the strict rows
 * are right, or any body is accepted that must be refused.
 * Keeps: reads files only; what a row does not expect is not compared.
 */
import { readFileSync } from 'node:fs';
import { ensureBuilt, ensureInstalled, fail, fromBuild, requireNode, ROOT } from './lib/project.mjs';

const WANTED = 0.97;

requireNode();
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (files.length === 0) fail('Say which: npm run check:alerts -- FILE.jsonl… [--all]');
const texts = files.map((file) => readFileSync(file, 'utf8'));
process.chdir(ROOT);
ensureInstalled();
ensureBuilt();

const { readAlerts } = await fromBuild('src/domain/alerts/read-alerts.js');
const { effectOf } = await fromBuild('src/domain/alerts/held.js');
const { futuresOf } = await fromBuild('src/domain/alerts/pair.js');

/** Expected intents that say the same as ours. */
const INTENTS = {
  entry: ['open_long', 'open_short'],
  exit: ['close', 'close_long', 'close_short'],
  close_long_and_open_long: ['restart_long'],
  close_short_and_open_short: ['restart_short'],
  close_all_and_open_long: ['restart_long'],
  close_all_and_open_short: ['restart_short'],
};

const isAll = process.argv.includes('--all');
let isGood = true;
files.forEach((file, index) => {
  const rows = texts[index].split('\n').filter((line) => line.trim() !== '');
  isGood =
    report(
      file,
      rows.map((line) => judge(JSON.parse(line))),
    ) && isGood;
});
process.exitCode = isGood ? 0 : 1;

function judge(row) {
  const isForm = /urlencoded/i.test(row.content_type ?? '');
  const { alerts, refusal } = readAlerts(row.body, { isForm });
  const { kind } = row.expected;
  const isRefused = refusal !== null;
  const fields = {};
  if (kind === 'invalid') {
    fields.refused = isRefused;
    if (isRefused) fields.reason = sameReason(row.expected.reason, refusal.code);
  } else if (isRefused) fields.read = false;
  else {
    const wanted = kind === 'alerts' ? row.expected.alerts : [row.expected];
    fields.count = alerts.length === wanted.length;
    wanted.forEach((expected, at) => {
      const compared = alerts[at] === undefined ? {} : compare(expected, alerts[at]);
      for (const [name, isRight] of Object.entries(compared)) fields[name] = (fields[name] ?? true) && isRight;
    });
  }
  const wrong = Object.keys(fields).filter((name) => !fields[name]);
  return {
    row,
    fields,
    wrong,
    alerts,
    refusal,
    isStrict: row.strict !== false,
    isTaken: kind === 'invalid' && !isRefused,
  };
}

/** Reasons that say the same. */
function sameReason(wanted, got) {
  const alike = { no_action_and_no_symbol: 'no_action', duplicate_volume: 'duplicate_quantity' };
  return wanted === undefined || (alike[wanted] ?? wanted) === got;
}

function compare(expected, alert) {
  const is = (wanted, got) => (wanted === null || wanted === undefined ? got === null : String(wanted) === String(got));
  const number = (wanted, got) => (wanted === null ? got === null : got !== null && Number(wanted) === Number(got));
  const level = (wanted, got) => {
    if (wanted === null) return got === null;
    if (got === null) return false;
    if (typeof wanted !== 'object') return got.kind !== 'percent' && Number(wanted) === Number(got.value);
    const isShare = wanted.trim_percent === undefined || Number(wanted.trim_percent) === Number(got.share);
    return wanted.kind === got.kind && Number(wanted.value) === Number(got.value) && isShare;
  };
  const future = alert.symbol === null ? undefined : futuresOf(alert.symbol);
  const said = 'effect' in expected ? alert.said : alert.action;
  const rules = {
    action: (wanted) => is(wanted, said),
    intent: (wanted) => (INTENTS[wanted] ?? [wanted]).includes(alert.intent),
    symbol: (wanted) => is(wanted, alert.symbol),
    exchange: (wanted) => is(wanted, alert.exchange),
    qty: (wanted) => number(wanted, alert.qty),
    qty_pct: (wanted) => number(wanted, alert.qtyPct),
    price: (wanted) => number(wanted, alert.price),
    position: (wanted) => is(wanted, alert.position),
    prev_position: (wanted) => is(wanted, alert.prevPosition),
    position_size: (wanted) => number(wanted, alert.sizeAfter),
    size_after: (wanted) => number(wanted, alert.sizeAfter),
    size_before: (wanted) => number(wanted, alert.sizeBefore),
    strategy: (wanted) => is(wanted, alert.strategy),
    stop: (wanted) => level(wanted, alert.stop),
    stop_pips: (wanted) => alert.stop?.kind === 'pips' && number(wanted, alert.stop.value),
    stop_pct: (wanted) => alert.stop?.kind === 'percent' && number(wanted, alert.stop.value),
    target_pips: (wanted) => alert.targets[0]?.kind === 'pips' && number(wanted, alert.targets[0].value),
    target_pct: (wanted) => alert.targets[0]?.kind === 'percent' && number(wanted, alert.targets[0].value),
    targets: (wanted) =>
      wanted.length === alert.targets.length && wanted.every((item, at) => level(item, alert.targets[at])),
    leverage: (wanted) => number(wanted, alert.leverage),
    interval: (wanted) => is(wanted, alert.interval),
    secret: (wanted) => is(wanted, alert.secret),
    order_type: (wanted) => is(wanted, alert.orderType),
    time: (wanted) => is(wanted, alert.time),
    account: (wanted) => is(wanted, alert.account),
    comment: (wanted) => is(wanted, alert.comment),
    tag: (wanted) => is(wanted, alert.tag),
    license: (wanted) => is(wanted, alert.license),
    cancel_side: (wanted) => is(wanted, alert.cancelsSide),
    max_budget: (wanted) => number(wanted, alert.maxBudget),
    reduce_only: (wanted) => wanted === alert.isReduceOnly,
    reduce_qty: (wanted) => number(wanted, alert.reduceQty),
    trigger_price: (wanted) => number(wanted, alert.triggerPrice),
    risk: (wanted) =>
      typeof wanted === 'object'
        ? number(wanted.dollars, alert.risk?.dollars ?? null)
        : number(wanted, alert.risk?.percent ?? null),
    trail: (wanted) => sameTicks(wanted, alert.trail),
    break_even: (wanted) => sameTicks(wanted, alert.breakEven),
    root: (wanted) => is(wanted, future?.root ?? null),
    contract: (wanted) => is(wanted, future?.contract ?? null),
    effect: (wanted) => Object.entries(wanted).every(([side, effect]) => effect === effectText(alert, side)),
  };
  const found = {};
  for (const [name, wanted] of Object.entries(expected)) {
    if (name === 'kind' || name === 'mode') continue;
    if (rules[name] === undefined) throw new Error(`no rule compares ${name}`);
    found[name] = rules[name](wanted) === true;
  }
  return found;
}

function sameTicks(wanted, got) {
  const names = { activation_ticks: 'activation', offset_ticks: 'offset', frequency_ticks: 'frequency' };
  return got !== null && Object.entries(wanted).every(([name, value]) => Number(got[names[name]]) === Number(value));
}

function effectText(alert, side) {
  const effect = effectOf(alert, { side, said: null });
  switch (effect.kind) {
    case 'none':
      return `none:${effect.why.toLowerCase()}`;
    case 'enter':
      return `enter_${effect.side}`;
    case 'reverse':
      return `reverse_to_${effect.side}`;
    default:
      return effect.kind;
  }
}

function report(file, judged) {
  const strict = judged.filter(({ isStrict }) => isStrict);
  const right = strict.filter(({ wrong }) => wrong.length === 0);
  const taken = judged.filter(({ isTaken }) => isTaken);
  const share = strict.length === 0 ? 1 : right.length / strict.length;
  const all = judged.filter(({ wrong }) => wrong.length === 0).length;
  console.log(
    `${file}: ${right.length} of ${strict.length} strict rows exactly right (${percent(share)}); of all ${all} of ${judged.length}`,
  );
  const counts = new Map();
  for (const { fields } of strict) {
    for (const [name, isRight] of Object.entries(fields)) {
      const [good, of] = counts.get(name) ?? [0, 0];
      counts.set(name, [good + (isRight ? 1 : 0), of + 1]);
    }
  }
  for (const [name, [good, of]] of [...counts].sort())
    console.log(`  ${name.padEnd(14)} ${percent(good / of).padStart(8)}  ${good}/${of}`);
  for (const { row, wrong, alerts, refusal, isStrict } of judged.filter((item) => item.wrong.length > 0)) {
    if (!isStrict && !isAll) continue;
    console.log(`  ${row.id}${isStrict ? '' : ' (not strict)'}: ${wrong.join(', ')}`);
    if (isAll) console.log(`    ${JSON.stringify(refusal ?? alerts.map(said))}\n    ${JSON.stringify(row.expected)}`);
  }
  if (taken.length > 0) console.log(`  accepted but invalid: ${taken.map(({ row }) => row.id).join(', ')}`);
  return share >= WANTED && taken.length === 0;
}

/** What an alert says; what it leaves out is left out. */
function said(alert) {
  const isThere = ([, value]) => value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(alert).filter(isThere));
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}
