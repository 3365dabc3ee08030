/**
 * The words by which signals are written, as data: what each means, in English, Russian and some of other languages.
 * Keeps: phrases are in small letters, by `|`; `*` at the end of a word stands for any ending; the longest phrase wins.
 */

export const KEYS = {
  // Sides
  LONG: 'long|longs|longing|go long|going long|open long|long position|long now|лонг|лонги|лонгуем|лонга|в лонг|лонгую|做多|alış|comprar en largo',
  SHORT:
    'short|shorts|shorting|go short|going short|open short|short position|шорт|шорты|шортим|шорчу|шорта|в шорт|做空',
  BUY: 'buy|buying|bids|bid|accumulate|покупк*|покупа*|купить|купим|kaufen|kauf|compra|comprar|خرید',
  SELL: 'sell|selling|продаж*|продаем|продаём|продавать|verkaufen|verkauf|venta|vender|فروش',
  BOTH_SIDES:
    'long or short|short or long|long and short|short and long|long/short|long & short|longs and shorts|both sides|long short ratio',
  // Labels of prices
  ENTRY:
    'entry|entries|enter|entering|entry price|entry prices|entry point|entry points|entry target|entry targets|entry order|entry orders|entry level|entry levels|entry at|enter at|entry around|entry between|entrypoint|entryprice|open price|opening price|buy price|buy order|buy orders|buy targets|ep|entri|вход|входы|входа|входим|вхожу|захожу|заходим|зашел|точка входа|точки входа|твх|цена входа|вход по|вход от|вход в сделку|открытие|набираем|набор|набор позиции|einstieg|einstiege|entrada|entradas|giriş|giris|ورود|入场',
  AVERAGING:
    'averaging|average down|dca|dca entry|re entry level|add more at|усреднение|усредн*|добор|доливка|доливк*|долив|докупка|докупк*',
  PRICE: 'price|цена|цене|preis|precio|fiyat',
  TARGET:
    'target|targets|traget|tragets|taget|tagets|tp|tps|t/p|take profit|take profits|take profit target|take profit targets|takeprofit|takeprofits|take profit price|take profit orders|profit target|profit targets|tg|tgs|tgt|goal|goals|sell target|sell targets|sell zone|sell order|sell orders|exit target|exit targets|цель|цели|целей|цель*|тейк|тейки|тейка|тейков|тейк профит|тейк профиты|тейкпрофит|тейкпрофиты|тейк*|тп|фиксация по|ziel|ziele|objetivo|objetivos|alvo|alvos|hedef|hedefler|حد سود|هدف|اهداف|止盈',
  STOP: 'stop|stops|stoploss|stopls|stoplos|stoploos|stopless|stop los|stop loss|stop losses|sl|s/l|st loss|stop target|stop targets|stop price|stop order|stop orders|stop loss orders|stop loss order|stop loss price|stop loss target|stop loss targets|hard stop|invalidation|стоп|стопы|стопа|стопом|стоп лосс|стоплосс|стоп лос|стоп лоссы|сл|stopp|stop verlust|حد ضرر|zarar durdur|止损',
  // How
  LEVERAGE:
    'leverage|leverages|lev|levs|lvg|lvrg|levrage|leverege|x leverage|плечо|плеча|плечи|плечом|с плечом|hebel|apalancamiento|alavancagem|kaldıraç|kaldirac|اهرم|杠杆',
  CROSS: 'cross|crossed|cross margin|кросс|кросс маржа|全仓',
  ISOLATED: 'isolated|isolated margin|iso|изолир*|isoliert|逐仓',
  MARKET:
    'market|market price|market order|market entry|market buy|market sell|market signal|now|right now|cmp|current price|current market price|current prices|current|currently at|immediately|asap|маркет|рынок|рынку|по рынку|с рынка|рыночн*|текущих|текущим|текущей|текущую|текущая|по текущим|с текущих|по текущей|по текущей цене|сейчас|现价',
  LIMIT: 'limit|limits|limit order|limit orders|лимит|лимитка|лимитк*|лимитн*|лимит ордер|отложк*|отложен*|лимитами',
  PENDING: 'pending|pending order|pending orders|order|orders|ордер|ордера|ордеры|ордер*|заявк*',
  ZONE: 'zone|zones|range|area|between|зона|зоне|зоны|диапазон|диапазоне|между|bereich|zona',
  ABOVE: 'above|over|break above|breaks above|on break of|выше|при пробое|über',
  BELOW: 'below|under|beneath|break below|breaks below|ниже|unter',
  BREAKOUT: 'breakout|break out|пробой|пробоем|пробитие|пробою',
  SPOT: 'spot|spot trade|spot signal|спот|споте|спота|спотовая',
  FUTURES: 'future|futures|perp|perpetual|usdt perpetual|usdt m|фьючерс|фьючерсы|фьюч*',
  // Labels of other things
  SIDE_LABEL:
    'direction|position|side|signal type|trade type|type|order type|направление|позиция|тип|тип сделки|сторона|richtung|yön',
  SYMBOL_LABEL:
    'coin|pair|pairs|symbol|ticker|asset|instrument|token|currency|coin name|монета|монете|пара|тикер|инструмент|актив|валюта|münze|moneda',
  EXCHANGE: 'exchange|exchanges|client|clients|биржа|биржи|бирже|börse|account type',
  TIMEFRAME: 'timeframe|time frame|tf|interval|таймфрейм|тф|zeitrahmen',
  RISK: 'risk|risks|risk per trade|risk management|risk level|rm|risk reward|риск|риска|риску|риск на сделку|риск на позицию|риски|mm|money management',
  AMOUNT:
    'amount|amount per trade|capital|capital invested|invest|invest up to|margin|volume|vol|position size|size|funds|portfolio|wallet|deposit|depo|use|bank|депозит|депозита|депо|деп|объем|объём|объема|от депозита|банка|маржа|сумма|kapital|menge',
  TRAILING: 'trailing configuration|trailing config',
  TRAIL: 'trailing|trailing stop|trailing stop loss|трейлинг|трейлинг стоп',
  TRIGGER: 'trigger',
  SIGNAL_ID: 'signal id|signal no|signal number|trade id|signal #|id|сигнал id|номер сигнала',
  SIGNAL: 'signal|signals|сигнал|сигналы|call|setup|сетап',
  CONFIDENCE: 'confidence|probability|accuracy|уверенность|вероятность|winrate|win rate',
  QUOTED:
    'current rate|current ask|current bid|current value|last price|mark price|ask|24h volume|24h change|rsi|market cap|mcap',
  RATIO: 'rr|r r|r/r|risk reward ratio|risk/reward|r:r|рр|соотношение|соотношение рр|risk to reward',
  DURATION: 'posted|period|duration|time|date|valid until|valid|hold time|период|время|срок',
  // What is told or asked of a trade
  CLOSE:
    'close|closing|exit|exit now|close now|close all|close position|close trade|close the trade|close order|close manually|get out|закрыв*|закрыть|закрой|закройте|закрою|закроем|выходим|выхожу|выйти|выход|cerrar|schliessen|schließen|kapat',
  CLOSED: 'closed|exited|закрыл*|закрыт*|вышел|вышли|вышла|geschlossen|cerrado',
  TAKE: 'book|booked|booking|secure|secured|take partial|partial|partials|partial close|partial profit|take some|reduce|reduced|trim|scale out|take off|фикс|фикси*|зафикс*|фиксац*|срез*|среж*|сократ*|сокращ*|скид*|частичн*',
  MOVE: 'move|moved|moving|move up|raise|trail|shift|bring|put|drag|adjust|place|shifted|перенос*|перенес*|перенёс*|переставл*|перестав*|передвиг*|передвин*|двига*|подтягив*|подтян*|подвин*|перевод*|перевел|перевёл|перевед*|перевести|пододвин*|поднима*|подним*|ставим|ставлю|поставил*|поставьте|поставить|mover|verschieben',
  SET: 'set|edit|edited|change|changed|update|updated|upd|modify|modified|correction|corrected|fix typo|измен*|обновл*|апдейт|апд|исправл*|правк*|корректировк*',
  NEW: 'new|новый|новая|новые|новое|новую',
  HIT: 'hit|hits|sweep|swept|sweeped|reached|reach|done|achieved|smashed|completed|complete|touched|triggered|got|crushed|destroyed|filled|executed|activated|in profit now|достигнут*|взят|взята|взяли|взято|взял|забрал*|забрали|выполнен*|сработал*|исполн*|закрыла цель|выбит|достигли|налив*|налил*|активирован*|снят|сняли|erreicht|alcanzado',
  FILLED:
    'entered|entered entry zone|entry filled|active now|is active|position opened|набрал*|набран*|зашли|вошли|в сделке|в позиции|average entry price|avg entry price|average price',
  STOPPED:
    'stopped|stopped out|stop out|got stopped|stop hunted|sl hitted|выбило|выбил*|застопил*|по стопу|словили стоп|стопнул*',
  CANCEL:
    'cancel|cancelled|canceled|canceling|cancelling|delete|remove|removed|invalid|invalidated|ignore|skip|void|отмена|отмен*|снима*|убира*|убрал*|удал*|не актуал*|неактуал*|не актуально|stornieren|iptal|cancelar',
  HOLD: 'hold|holding|keep|keep holding|still hold|still holding|still at|remains|stays|все так же|всё так же|так же|остается|остаётся|оставля*|без изменений|wait|waiting|watch|monitor|держим|держу|держать|ждем|ждём|жду|удерживаем',
  REENTER: 're enter|reenter|re entry|reentry|re entered|enter again|перезаход*|перезайти|перезашел|перезашёл',
  BREAKEVEN: 'breakeven|break even|be|b/e|б/у|бу|безубыток|безубытк*|безубыт*',
  ALL: 'all|full|fully|every|entire|whole|completely|полностью|все|всё|весь|всех|всю|целиком|alle|todos',
  HALF: 'half|1/2|½|половин*|пол позиции|полпозиции',
  THIRD: '1/3|one third|треть',
  QUARTER: '1/4|quarter|четверть',
  REST: 'rest|remaining|remainder|остаток|остатк*|оставш*|остальн*',
  PROFIT:
    'profit|profits|gain|gained|gains|pnl|roi|roe|профит|профита|профитом|прибыл*|плюс|плюсе|плюсом|pips|пипс*|profit collected|gewinn',
  LOSS: 'loss|losses|lost|убыт*|минус|минусе|минусом|лосс|лось',
  NEAR: 'near|almost|nearly|close to|about to|approaching|почти|около|возле|рядом',
  NOT: 'dont|not|no|never|without|нет|не|без|kein|ohne|isnt|wont|havent',
  IF: 'if|when|once|after|in case|unless|если|когда|после|при достижении|как только|wenn|falls',
  TO: 'to|at|in|into|on|на|в|до|по|у|auf|bei',
  AND: 'and|then|also|while|и|затем|потом|а|und|but|но',
  ADVERT:
    'join|join us|subscribe|subscription|discount|promo|promotion|register|sign up|giveaway|airdrop|claim|private members|private member|private group|private community|private family|vip members|vip community|vip group|vip channel|membership|members only|premium|premium plans|dm|slots left|slot left|referral|bonus|voucher|launchpool|launchpad|mint|quiz|waitlist|invite|invite link|click here|tap here|contact|contact us|testimonial|testimonials|free trial|limited offer|limited time|price list|pricing|подпис*|вступа*|вступить|скидк*|розыгрыш*|промокод*|реферал*|регистр*|оплат*|подписк*|бесплатн*|приват канал|приватный канал|приватн*',
  FROM: 'from|of|for|off|с|от|из|von',
} as const;

export type Key = keyof typeof KEYS;

/** Phrases that hold such words and mean none of them: read as plain words. */
export const PLAIN_PHRASES =
  'close watch|close eye|close attention|close monitoring|short/mid term|short/mid|short/medium term|mid/long term|mid/long|short to mid term|long/mid term|mid/short term|short mid term|short term|short time|short lived|short squeeze|short ratio|in short|shortly|shortlist|long term|long time|long run|long way|as long as|so long|before long|how long|long live|all day long|last long|last longer|long holder|non stop|stop hunting|stop hunt|stop by|stop worrying|stop doing|dont stop|market cap|market update|market maker|market makers|market overview|the market|crypto market|bull market|bear market|in the market|on the market|stock market|whole market|market is|market was|black market|spot etf|price action|price target|the price|price is|order block|order book|orderblock|in order|all time high|all time|time to|close candle|candle close|candle closing|candles close|closing above|closing below|closing at|candle closed|daily close|weekly close|close above|close below|closes above|closes below|close the day|close of|close h4|close h1|close d1|day close|close 4hr|close 4h|close 1h|closing price|open interest|funding rate|risk order|risk free|at your own risk|high risk|low risk|carries high risk|target price range|take care|take a look|in use|use case|stop by the|на самом деле|в общем|по факту|в целом|в течение|не менее|first target market|new ath|new high|new year|new low|go to|up to|back to|cross chain|cross above|cross below|reached out|get ready|hit the like|like button|time frame chart';

/** How many of the numerals there are in words. */
export const ORDINALS: Readonly<Record<string, number>> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  'перв*': 1,
  'втор*': 2,
  'трет*': 3,
  'четверт*': 4,
  'пят*': 5,
};

/** A label with the number behind it in one word: `TP1`, `t2`, `E1`. */
export const GLUED_LABELS: Readonly<Record<string, Key>> = { t: 'TARGET', tgt: 'TARGET', e: 'ENTRY', en: 'ENTRY' };

/** Labels that people mistype; a word of one wrong letter counts where a colon, a number or `loss` follows. */
export const OFTEN_MISTYPED = [
  'target',
  'targets',
  'entry',
  'entries',
  'stop',
  'stoploss',
  'leverage',
  'profit',
  'цели',
  'вход',
  'тейк',
  'плечо',
] as const;
