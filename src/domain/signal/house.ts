/**
 * The bots of the house: their names for apps, and the sources that they post as.
 * Keeps: apps know exactly these names; a source's code never changes. No other source can have such a code, because
 * those that staff make have no colon.
 */
export const HOUSE_BOTS = ['SCALPER', 'TREND', 'QFL', 'AI_ML'] as const;
export type HouseBot = (typeof HOUSE_BOTS)[number];

/** What engines call them otherwise. */
const ALIASES: Readonly<Record<string, HouseBot>> = { SCALPING: 'SCALPER', AI: 'AI_ML', AIML: 'AI_ML' };

const PREFIX = 'house:';

const NAMES: Readonly<Record<HouseBot, string>> = {
  SCALPER: 'House: Scalper',
  TREND: 'House: Trend',
  QFL: 'House: QFL',
  AI_ML: 'House: AI/ML',
};

/** In any case; `-`, `/` and blanks count as `_`. Undefined for what is no bot of the house. */
export function houseBotOf(text: string): HouseBot | undefined {
  const word = text.trim().toUpperCase().replace(/[-/ ]/g, '_');
  return HOUSE_BOTS.find((bot) => bot === word) ?? (Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined);
}

/** `house:scalper` */
export function houseSourceCode(bot: HouseBot): string {
  return PREFIX + bot.toLowerCase();
}

export function houseSourceName(bot: HouseBot): string {
  return NAMES[bot];
}

export const HOUSE_SOURCE_CODES: readonly string[] = HOUSE_BOTS.map(houseSourceCode);

/** The bot that posts as this source. */
export function botOfSource(code: string): HouseBot | undefined {
  return HOUSE_BOTS.find((bot) => houseSourceCode(bot) === code);
}

/** Statuses of the contract: signals of the house, and what following them exactly holds. */
export const HOUSE_STATUSES = ['ACTIVE', 'CLOSED', 'CANCELLED', 'EXPIRED'] as const;
export type HouseStatus = (typeof HOUSE_STATUSES)[number];

export const HOUSE_POSITION_STATUSES = ['OPEN', 'TP_HIT', 'SL_HIT', 'CANCELLED', 'EXPIRED'] as const;
export type HousePositionStatus = (typeof HOUSE_POSITION_STATUSES)[number];

/** Why an engine closes a signal. */
export const HOUSE_CLOSE_REASONS = ['TP', 'SL', 'CANCEL', 'REVERSAL', 'TIMEOUT'] as const;
export type HouseCloseReason = (typeof HOUSE_CLOSE_REASONS)[number];

/** The close reason by which a signal counts as expired. */
export const EXPIRED_REASON: HouseCloseReason = 'TIMEOUT';
