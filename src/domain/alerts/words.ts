/**
 * The words for actions and sides that alerts use, in any case and spelling (`ENTER_LONG`, `enter-long`, `enterLong`).
 * Keeps: one table; a word that is not in it is unknown, never taken for a side.
 */
import type { AlertIntent, AlertWord, PositionSide } from './alert.js';

export interface Word {
  readonly said: AlertWord;
  /** Where the word alone says more than `said`. */
  readonly intent?: AlertIntent;
}

const words = (text: string, said: AlertWord, intent?: AlertIntent): [string, Word][] =>
  text.split(' ').map((word) => [word, intent === undefined ? { said } : { said, intent }]);

const TABLE = new Map<string, Word>([
  ...words('buy long bull bullish buysignal longsignal strongbuy b', 'buy'),
  ...words('enterlong startlong openlong longopen longentry longenter entrylong entlong', 'buy', 'open_long'),
  ...words('golong buylong buyopen buytoopen opbuy longstart openbuy enterbuy buyentry', 'buy', 'open_long'),
  ...words('sell short bear bearish sellsignal shortsignal strongsell s', 'sell'),
  ...words('entershort startshort openshort shortopen shortentry shortenter entryshort entshort', 'sell', 'open_short'),
  ...words('goshort sellshort sellopen selltoopen shortstart opensell entersell sellentry', 'sell', 'open_short'),
  ...words('close exit flat flatten closeall exitall closeposition closepositions exitposition', 'close', 'close'),
  ...words('closetrade exittrade liquidate flattenall closeallpositions marketclose goflat', 'close', 'close'),
  ...words('closeatmarketprice closeatmarketpriceall panicclose', 'close', 'close'),
  ...words('closelong exitlong longclose longexit closebuy selltoclose exitbuy sellclose', 'close_long', 'close_long'),
  ...words('stoplong endlong longstop', 'close_long', 'close_long'),
  ...words('closeshort exitshort shortclose shortexit closesell buytoclose exitsell', 'close_short', 'close_short'),
  ...words('buytocover cover shortcover buyclose stopshort endshort shortstop', 'close_short', 'close_short'),
  ...words('add increase pyramid scalein addfunds dca addposition', 'add'),
  ...words('addlong increaselong', 'add', 'add_long'),
  ...words('addshort increaseshort', 'add', 'add_short'),
  ...words('reduce trim decrease scaleout partialclose closepartial partialexit exitpartial', 'reduce', 'reduce'),
  ...words('reducelong', 'reduce', 'reduce_long'),
  ...words('reduceshort', 'reduce', 'reduce_short'),
  ...words('reverse flip', 'reverse'),
  ...words('reverselong reversetolong fliplong reversalbuy', 'buy', 'reverse_to_long'),
  ...words('reverseshort reversetoshort flipshort reversalsell', 'sell', 'reverse_to_short'),
  ...words('cancel cancelall cancelorder cancelorders cancelallorders cancellong cancelshort', 'cancel', 'cancel'),
  ...words('cancelpending cancelentry cancelentries cancellonglimit cancelshortlimit', 'cancel', 'cancel'),
  ...words('modify modifyorder modifyposition movesl updatesl setsl newsltp edit', 'modify', 'modify'),
  ...words('tphit takeprofit takeprofithit targethit tp tp1 tp2 tp3 tp4 tp5 tp1hit tp2hit tp3hit', 'tp_hit'),
  ...words('slhit stoploss stoplosshit stopped stoppedout sl', 'sl_hit'),
  ...words('pricealert priceupdate price tick update', 'price', 'inform'),
  ...words('startbot stopbot enable disable eaon eaoff', 'switch', 'inform'),
]);

/** Letters and digits alone, small: how words and field names are compared. */
export function plainName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

export function wordOf(text: string): Word | undefined {
  return TABLE.get(plainName(text));
}

/** The words of the futures screens; what is not among them opens nothing there. */
const STRICT = new Set(
  (
    'buy long enterlong startlong sell short entershort startshort close exit flat flatten closelong exitlong closebuy ' +
    'closeshort exitshort closesell tphit takeprofit slhit stoploss pricealert priceupdate price tick update'
  ).split(' '),
);

export function strictWordOf(text: string): Word | undefined {
  return STRICT.has(plainName(text)) ? wordOf(text) : undefined;
}

const POSITIONS: Readonly<Record<string, PositionSide>> = {
  long: 'long',
  buy: 'long',
  bullish: 'long',
  bull: 'long',
  short: 'short',
  sell: 'short',
  bearish: 'short',
  bear: 'short',
  flat: 'flat',
  none: 'flat',
  closed: 'flat',
  neutral: 'flat',
};

export function positionOf(text: string): PositionSide | undefined {
  return POSITIONS[plainName(text)];
}

/** `open` with `long`, `close` with `sell`: an action and a side that stand in two fields. */
export function combined(action: string, side: string): Word | undefined {
  const way = positionOf(side);
  if (way === undefined || way === 'flat') return undefined;
  const isLong = way === 'long';
  switch (plainName(action)) {
    case 'open':
    case 'enter':
    case 'entry':
    case 'start':
    case 'startandopen':
      return { said: isLong ? 'buy' : 'sell', intent: isLong ? 'open_long' : 'open_short' };
    case 'add':
    case 'increase':
      return { said: 'add', intent: isLong ? 'add_long' : 'add_short' };
    case 'reverse':
    case 'flip':
      return { said: isLong ? 'buy' : 'sell', intent: isLong ? 'reverse_to_long' : 'reverse_to_short' };
    case 'close':
    case 'exit':
    case 'reduce': {
      // An order word names the order’s side, which closes the other one.
      const closesLong = plainName(side) === 'sell' || plainName(side) === 'long';
      if (plainName(action) === 'reduce')
        return { said: 'reduce', intent: closesLong ? 'reduce_long' : 'reduce_short' };
      return closesLong ? { said: 'close_long', intent: 'close_long' } : { said: 'close_short', intent: 'close_short' };
    }
    default:
      return undefined;
  }
}
