/**
 * The page docs/indicators.md, from the registry. Keeps: what is documented is what is there; a test holds the file against
 * this text, and `npm run indicators:document` writes it.
 */
import type { IndicatorDefinition } from './core/definition.js';
import { GROUPS, type Group } from './core/definition.js';
import { LONGEST, type ParameterSpec } from './core/parameters.js';
import { INDICATORS, warmUpOf } from './registry.js';

const TITLES: Readonly<Record<Group, string>> = {
  average: 'Averages',
  momentum: 'Momentum',
  trend: 'Trend',
  volatility: 'Volatility and bands',
  volume: 'Volume',
  price: 'Prices and levels',
  statistics: 'Statistics',
  pattern: 'Shapes',
};

const INTRODUCTION = `# Indicators

\`src/domain/indicators\` computes ${INDICATORS.length} indicators in two forms from one definition: bar by bar, in constant time
and memory however long the history, and over whole columns. Both give the same bits.

\`\`\`ts
import { indicate, indicators } from './domain/indicators/registry.js';

// Whole columns (Float64Array): results by output, NaN where there is none yet.
const { rsi } = indicate('rsi', columns, { period: 14 });

// Bar by bar: several over one stream; what they share is computed once. The array is overwritten by the next call.
const stream = indicators([{ name: 'macd' }, { name: 'atr', parameters: { period: 10 } }]);
const [macd, signal, histogram, atr] = stream.next({ open, high, low, close, volume });
\`\`\`

- **Definitions** are TA-Lib's with unstable periods of 0: the same first value at the same bar; Skender.Stock.Indicators'
  where TA-Lib has none. \`npm run check:indicators -- DIR\` holds them against a folder of reference tables
  (\`quotes/\`, \`talib/\`, \`skender/\`) and ends with 1 where one is outside its tolerance.
- **Numbers** are doubles: statistics of the market, not money. Sums over windows are made anew often enough that no error
  builds up, however long the history.
- **A bar with a missing or infinite value** has no results and ends the run: the next bar begins a new one. Fill gaps
  first where they are to be bridged.
- **No range, no movement, no volume**: every indicator has an answer, named with its formula.
- **Nothing looks ahead.** What is usually drawn earlier or later stands at the bar at which it is known.
- **Windows** hold up to ${LONGEST.toLocaleString('en')} bars. \`cci\` looks through its window for each bar, for its mean moves; all others
  cost the same whatever the window.
- **A whole batch at once**: \`batchIndicators([...]).batch(columns)\`; \`.next(bar)\` then goes on from there.
- \`source\` is one of open, high, low, close, volume, hl2, hlc3, hlcc4, ohlc4.

Cost: \`npm run bench -- indicators\`.
`;

export function indicatorsPage(): string {
  const parts = GROUPS.map((group) => {
    const rows = INDICATORS.filter((definition) => definition.group === group).map(row);
    const head = '| name | what | parameters | outputs | first bar | formula |\n| --- | --- | --- | --- | --- | --- |';
    return `## ${TITLES[group]}\n\n${head}\n${rows.join('\n')}\n`;
  });
  return `${INTRODUCTION}\nThe first bar (from 0) is that with default parameters.\n\n${parts.join('\n')}`;
}

function row(definition: IndicatorDefinition): string {
  const { name, title, outputs, formula } = definition;
  const parameters = Object.entries(definition.parameters).map(([key, spec]) => parameter(key, spec));
  const results = outputs.map((output) => `\`${output.name}\` (${output.unit})`);
  const cells = [`\`${name}\``, title, parameters.join('; ') || '–', results.join(', '), warmUpOf({ name }), formula];
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
}

function parameter(name: string, spec: ParameterSpec): string {
  if (name === 'source') return `\`source\` = ${spec.default}`;
  const range = spec.kind === 'choice' ? spec.choices.join(', ') : `${spec.min} to ${spec.max}`;
  return `\`${name}\` = ${spec.default}: ${spec.about} (${range})`;
}
