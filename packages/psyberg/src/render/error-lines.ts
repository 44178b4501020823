import { errorCode } from '../exit-codes.ts';
import { maskSecrets } from '../secrets.ts';
import type { Screen } from './style.ts';

/**
 * A failure for people: what happened, the state now, what to do next. An error that is not ours says that it is unexpected
 * and how to learn more. The stack, and those of the causes, only with `debug`.
 */
export function errorLines(error: unknown, screen: Screen, options: { readonly debug: boolean }): string[] {
  const [first = '', ...rest] = maskSecrets(messageOf(error)).split('\n');
  const lines = [`${screen.paint('bad', '✖')} ${first}`, ...rest.map((line) => `  ${line}`)];
  // A configuration is read before anything else, so that its problems need not each say so.
  if (errorCode(error) === 'PSY_CONFIG') lines.push('  Nothing was begun.');
  if (options.debug) lines.push(...stackLines(error).map((line) => screen.paint('dim', line)));
  return lines;
}

/** The message of a failure; a foreign one is introduced. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (errorCode(error) !== undefined) return message;
  const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : '';
  return `Unexpected failure: ${name}${message}\nWhat was published stays published; nothing else is visible to readers. Run the command again to go on, or with --log-level debug to see where it came from.`;
}

/** The commands that an error of ours names. */
export function nextOfError(error: unknown): readonly string[] {
  const next = error instanceof Error && 'next' in error ? error.next : undefined;
  return Array.isArray(next) ? next.filter((entry): entry is string => typeof entry === 'string') : [];
}

function stackLines(error: unknown): string[] {
  const lines: string[] = [];
  let current = error;
  for (let depth = 0; current instanceof Error && depth < 8; depth += 1) {
    const [head = '', ...frames] = maskSecrets(current.stack ?? String(current)).split('\n');
    lines.push(depth === 0 ? `  ${head}` : `  caused by ${head}`, ...frames.map((frame) => `  ${frame}`));
    current = current.cause;
  }
  return lines;
}
