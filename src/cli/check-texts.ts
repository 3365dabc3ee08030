/**
 * `npm run check:texts -- FILE.jsonl... [--all] [--wrong-only]`: reads labelled messages and tells how many are read exactly
 * as they are labelled, by field. Ends with 1 below 97 % of the strict rows, or where a trade is opened that must not be.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { parseArgs } from 'node:util';
import { readSignalText, type TextReading } from '../domain/signal-text/read-signal-text.js';
import { type LabelledText, mark, type Marked } from './texts/labelled-text.js';

const LEAST_SHARE = 0.97;
const USAGE = 'npm run check:texts -- FILE.jsonl... [--all]';

interface Row {
  readonly row: LabelledText;
  readonly reading: TextReading;
  readonly marked: Marked;
}

async function rowsOf(path: string): Promise<LabelledText[]> {
  const file = createReadStream(path);
  const lines = createInterface({ input: path.endsWith('.gz') ? file.pipe(createGunzip()) : file });
  const rows: LabelledText[] = [];
  for await (const line of lines) if (line.trim() !== '') rows.push(JSON.parse(line) as LabelledText);
  return rows;
}

const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`);

/** Without labels: what kinds they are read as, by the class that somebody else gave them. */
function tellUnlabelled(rows: readonly (LabelledText & { weak_class?: string })[], isAll: boolean): void {
  const counts = new Map<string, number>();
  for (const { text, weak_class = '?' } of rows) {
    const reading = readSignalText(text);
    const key = `${weak_class} -> ${reading.kind}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (isAll) console.log(`${key}\t${JSON.stringify(text)}\t${JSON.stringify(reading)}`);
  }
  for (const [key, count] of [...counts].sort()) console.log(`  ${key}: ${count}`);
}

function tell(path: string, rows: readonly Row[], isAll: boolean): boolean {
  const strict = rows.filter(({ row }) => row.strict !== false);
  const right = strict.filter(({ marked }) => marked.isRight).length;
  const opened = rows.filter(({ marked }) => marked.isWronglyOpened);
  console.log(
    `${path}: ${right} of ${strict.length} strict rows exactly right (${percent(right, strict.length)}); ${opened.length} wrongly opened`,
  );
  for (const kind of ['signal', 'update', 'noise']) {
    const some = strict.filter(({ row }) => row.expected.kind === kind);
    const good = some.filter(({ marked }) => marked.isRight).length;
    console.log(`  ${kind}: ${good} of ${some.length} (${percent(good, some.length)})`);
  }
  const fields = new Map<string, [number, number]>();
  for (const { marked } of strict) {
    for (const [field, isRight] of Object.entries(marked.marks)) {
      const [good, all] = fields.get(field) ?? [0, 0];
      fields.set(field, [good + (isRight ? 1 : 0), all + 1]);
    }
  }
  for (const [field, [good, all]] of fields) console.log(`  ${field}: ${good} of ${all} (${percent(good, all)})`);
  for (const { row, reading, marked } of isAll ? rows : opened)
    if (isAll ? !marked.isRight : true) tellWrong(row, reading, marked);
  return opened.length === 0 && right >= strict.length * LEAST_SHARE;
}

function tellWrong(row: LabelledText, reading: TextReading, { marks, isWronglyOpened }: Marked): void {
  const wrong = Object.entries(marks).flatMap(([field, isRight]) => (isRight ? [] : [field]));
  const notes = [row.strict === false ? 'not strict' : 'strict', ...(isWronglyOpened ? ['WRONGLY OPENED'] : [])].join(
    ', ',
  );
  console.log(`--- ${row.id} (${notes}): ${wrong.join(', ')}\n${row.text}`);
  console.log(`label:   ${JSON.stringify(row.expected)}\nreading: ${JSON.stringify(reading)}`);
}

const { values, positionals } = parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
if (positionals.length === 0) {
  console.error(`Usage: ${USAGE}`);
  process.exit(2);
}
let isGood = true;
for (const path of positionals) {
  const rows = await rowsOf(path);
  if (rows.every(({ expected }) => expected === undefined)) {
    console.log(`${path}: ${rows.length} messages without labels`);
    tellUnlabelled(rows, values.all === true);
    continue;
  }
  const read = rows.map((row) => {
    const reading = readSignalText(row.text);
    return { row, reading, marked: mark(row, reading) };
  });
  isGood = tell(path, read, values.all === true) && isGood;
}
process.exitCode = isGood ? 0 : 1;
