/**
 * The options of a command line. Keeps: a mistake in them is answered with one sentence and how the command is used, before
 * anything is opened.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** The values that were given; ends the process with 1 where they are not among `options`. `usage` is a command to copy. */
export function optionsOf<const Known extends Options>(usage: string, options: Known) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    console.error(`${sentence.replace(/\.$/, '')}. Usage: ${usage}`);
    process.exit(1);
  }
}
