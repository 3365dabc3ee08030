/**
 * Reads commands to the bot: `/pause 30`, `/status@OurBot`.
 * Keeps: pure; a command for another bot is none of ours.
 */

export const BOT_COMMANDS = ['start', 'help', 'status', 'pause', 'resume', 'kill', 'report', 'positions'] as const;
export type BotCommand = (typeof BOT_COMMANDS)[number];

export interface GivenCommand {
  /** Undefined for one that there is not. */
  readonly name: BotCommand | undefined;
  /** What stands behind it, without spaces around. */
  readonly argument: string;
}

const COMMAND = /^\/([A-Za-z_]{1,32})(?:@(\w{1,64}))?(?:\s([\s\S]*))?$/;

/** Undefined for what is no command, or one for another bot. `ourName` undefined: not known yet, so every name is ours. */
export function commandOf(text: string, ourName: string | undefined): GivenCommand | undefined {
  const [matched, word = '', mention, argument = ''] = COMMAND.exec(text.trim()) ?? [];
  if (matched === undefined) return undefined;
  const isOurs = mention === undefined || ourName === undefined || mention.toLowerCase() === ourName.toLowerCase();
  if (!isOurs) return undefined;
  const name = BOT_COMMANDS.find((command) => command === word.toLowerCase());
  return { name, argument: argument.trim() };
}

/** Whole minutes from 1 to a week; `fallback` where none are named, undefined where something else is. */
export function minutesOf(argument: string, fallback: number): number | undefined {
  if (argument === '') return fallback;
  const [, digits] = /^(\d{1,5})\s?(?:m|min|minutes?)?$/i.exec(argument) ?? [];
  const minutes = Number(digits);
  return minutes >= 1 && minutes <= 10_080 ? minutes : undefined;
}
