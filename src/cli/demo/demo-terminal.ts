/**
 * Puts the demo's screens out: redrawn in place on a terminal that has the room, as occasional lines elsewhere.
 * Keeps: with `json`, standard output carries the result only, and everything else goes to standard error.
 */
import type { WriteStream } from 'node:tty';

/** Seconds between two lines where nothing can be redrawn. */
const LINE_EVERY_SECONDS = 5;

export class DemoTerminal {
  readonly #out: NodeJS.WriteStream;
  #drawn = 0;
  #saidAt = -LINE_EVERY_SECONDS;

  constructor(json: boolean) {
    this.#out = json ? process.stderr : process.stdout;
  }

  /** A line that stays. */
  say(line: string): void {
    this.#erase();
    this.#out.write(`${line}\n`);
  }

  /** Shows the table in the place of the one before, or `line` every few seconds. */
  draw(table: readonly string[], line: string, seconds: number): void {
    if (this.#fits(table)) {
      this.#erase();
      this.#out.write(`${table.join('\n')}\n`);
      this.#drawn = table.length;
    } else if (seconds - this.#saidAt >= LINE_EVERY_SECONDS) {
      this.#saidAt = seconds;
      this.#out.write(`${line}\n`);
    }
  }

  /** Shows lines for good, in the place of what was drawn. */
  settle(lines: readonly string[]): void {
    this.#erase();
    this.#out.write(`\n${lines.join('\n')}\n`);
  }

  result(value: object): void {
    process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  #fits(table: readonly string[]): boolean {
    const { isTTY, rows, columns } = this.#out as WriteStream;
    if (isTTY !== true) return false;
    return rows > table.length + 1 && columns >= Math.max(...table.map((line) => line.length));
  }

  /** Back to where the drawing began, with everything below it cleared. */
  #erase(): void {
    if (this.#drawn > 0) this.#out.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }
}
