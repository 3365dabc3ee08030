/**
 * The lines below `Trailing Configuration:`: how stop and take-profit follow the price.
 * Keeps: what is not understood is left out, never guessed; a line belongs to the label that it begins with.
 */
import type { StopRuleText } from '../plan/plan-fields.js';
import type { StopAction } from '../plan/position-plan.js';
import type { Fields } from './fields.js';
import type { Token } from './token.js';

interface Rule {
  readonly of: 'ENTRY' | 'TARGET' | 'STOP';
  action: StopAction | null;
  percent: string | null;
  atTarget: number | null;
  atPercent: string | null;
  isTrigger: boolean;
}

/** Reads from the header on; answers the index of the last token that it took. */
export function readTrailing(tokens: readonly Token[], from: number, fields: Fields): number {
  let rule: Rule | null = null;
  let index = from + 1;
  for (; index < tokens.length; index += 1) {
    const token = tokens[index] as Token;
    if (isStart(tokens, index) && !isOwn(token)) break;
    const isFirst = tokens[index - 1]?.kind === 'break' || index === from + 1 || tokens[index - 1]?.text === ':';
    const of = token.key;
    if (isFirst && rule?.isTrigger !== true && (of === 'STOP' || of === 'TARGET' || of === 'ENTRY')) {
      finish(rule, fields);
      rule = { of, action: null, percent: null, atTarget: null, atPercent: null, isTrigger: false };
    } else if (rule !== null) {
      take(rule, token);
    } else if (token.kind === 'word') break;
  }
  finish(rule, fields);
  return index - 1;
}

/** The first word of its line. */
function isStart(tokens: readonly Token[], index: number): boolean {
  if ((tokens[index] as Token).kind === 'mark') return false;
  let at = index - 1;
  while (tokens[at]?.kind === 'mark') at -= 1;
  return tokens[at]?.kind === 'break';
}

function isOwn({ kind, key }: Token): boolean {
  if (kind === 'number' || kind === 'break') return true;
  return key === 'ENTRY' || key === 'TARGET' || key === 'STOP' || key === 'TRIGGER';
}

function take(rule: Rule, token: Token): void {
  if (token.key === 'TRIGGER') rule.isTrigger = true;
  else if (token.key === 'BREAKEVEN') rule.action ??= 'BREAKEVEN';
  else if (token.text.startsWith('moving')) rule.action ??= 'MOVING_TARGET';
  else if (token.text === 'highest' || token.text === 'lowest') rule.action = 'BELOW_HIGHEST';
  else if (token.text === 'triggers') rule.action = 'BELOW_TRIGGER';
  else if (token.kind === 'number') takeNumber(rule, token);
}

function takeNumber(rule: Rule, { unit, value }: Token): void {
  if (unit === '%' && rule.isTrigger) rule.atPercent ??= value;
  else if (unit === '%') rule.percent ??= value;
  else if (rule.isTrigger && value !== null && /^\d{1,2}$/.test(value)) {
    rule.atTarget ??= Number(value);
    rule.isTrigger = false;
  } else if (rule.action === 'MOVING_TARGET' && value === '2') rule.action = 'MOVING_2_TARGET';
}

function finish(rule: Rule | null, fields: Fields): void {
  if (rule === null) return;
  if (rule.of === 'TARGET') fields.trailingTakeProfit ??= rule.percent;
  if (rule.of !== 'STOP' || rule.action === null) return;
  const isPercent = rule.action === 'BELOW_HIGHEST' || rule.action === 'BELOW_TRIGGER';
  if (isPercent !== (rule.percent !== null) || (rule.atTarget === null) === (rule.atPercent === null)) return;
  const text: StopRuleText = {
    action: rule.action,
    ...(rule.atTarget === null ? {} : { at_target: rule.atTarget }),
    ...(rule.atPercent === null ? {} : { at_percent: rule.atPercent }),
    ...(isPercent ? { percent: rule.percent as string } : {}),
  };
  fields.stopRules.push(text);
}
