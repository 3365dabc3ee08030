/**
 * Passwords that programs try first: common words with some digits behind them, runs of the alphabet and of the keyboard,
 * repeats, and the owner's own name (ASVS 6.2.4, 6.2.11). Pure.
 * Keeps: nothing is asked of the kinds of characters, and a phrase of several words is never refused.
 */

const WORDS = new Set(
  `password passwort passwd pass passphrase mypassword newpassword qwerty qwertz azerty letmein welcome iloveyou iloveu
  loveyou loveme lovely admin administrator login abc abcd monkey dragon football baseball basketball superman batman
  trustno sunshine princess master shadow michael jennifer jordan hunter ranger buster soccer hockey killer george charlie
  andrew michelle jessica pepper daniel access starwars computer freedom whatever secret summer winter spring autumn
  internet cheese maggie ginger hello nicole ashley thomas matthew robert joshua amanda mustang harley corvette mercedes
  ferrari porsche samsung google facebook linkedin youtube bitcoin crypto binance trading trader verzek autotrader
  verzekautotrader ethereum dogecoin pokemon naruto minecraft liverpool chelsea arsenal barcelona realmadrid juventus
  manchester babygirl angel flower family forever friends jesus christ blessed diamond butterfly chocolate cookie banana
  orange purple yellow silver golden phoenix tigger snoopy spider spiderman ironman matrix changeme default guest test
  testing tester user root temp nothing samantha elizabeth anthony william patrick richard alexander alexandra stephanie
  victoria vanessa christian asdf asdfgh zxcvbn qazwsx wert`.split(/\s+/),
);

const KEYS = [
  '1234567890',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'abcdefghijklmnopqrstuvwxyz',
];

/** Columns of the keyboard, as people walk along them. */
const WALKS = ['1qaz2wsx3edc4rfv5tgb6yhn7ujm', '1q2w3e4r5t6y7u8i9o0p', 'qazwsxedcrfvtgbyhnujm', 'q1w2e3r4t5y6u7i8o9p0'];

const LEET: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
};

/** Digits and signs beside a common word that do not make it better: a year and a sign, and a little more. */
const BESIDE = 6;

/** Whether this is among what is tried first; `names` are words of the owner, such as what stands before the `@`. */
export function isGuessable(password: string, names: readonly string[] = []): boolean {
  const plain = password.toLowerCase();
  return (
    isRepeat(plain) || isRun(plain) || isWord(plain, new Set([...WORDS, ...names.map((name) => name.toLowerCase())]))
  );
}

/** One to four characters again and again. */
function isRepeat(text: string): boolean {
  return [1, 2, 3, 4].some(
    (length) =>
      text ===
      text
        .slice(0, length)
        .repeat(Math.ceil(text.length / length))
        .slice(0, text.length),
  );
}

/** A piece of a row or a walk, forwards or backwards, or two such pieces. */
function isRun(text: string): boolean {
  const lines = [...KEYS.map((row) => row + row), ...WALKS];
  const ways = [...lines, ...lines.map((line) => [...line].reverse().join(''))];
  const longest = (from: number): number => {
    let length = 0;
    while (from + length < text.length && ways.some((way) => way.includes(text.slice(from, from + length + 1))))
      length += 1;
    return length;
  };
  const first = longest(0);
  return first === text.length || (first >= 3 && first + longest(first) === text.length && text.length - first >= 3);
}

function isWord(text: string, words: ReadonlySet<string>): boolean {
  const read = (form: string) => [...form].map((sign) => LEET[sign] ?? sign).join('');
  return [core(text), read(core(text)), core(read(text))].some(
    (form) => text.length - form.length <= BESIDE && (words.has(form) || words.has(half(form))),
  );
}

/** From the first letter to the last. */
function core(text: string): string {
  const signs = [...text];
  const isLetter = (sign: string) => sign >= 'a' && sign <= 'z';
  return signs.slice(signs.findIndex(isLetter), signs.findLastIndex(isLetter) + 1).join('');
}

/** The half of a word that was written twice. */
function half(text: string): string {
  const middle = text.length / 2;
  return Number.isInteger(middle) && text.slice(0, middle) === text.slice(middle) ? text.slice(0, middle) : '';
}
