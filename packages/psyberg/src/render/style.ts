import { styleText } from 'node:util';

export type Tone = 'good' | 'work' | 'late' | 'wait' | 'bad' | 'dim' | 'strong' | 'plain';

/** Puts a tone on a text, or leaves it alone where nobody sees colours. */
export type Paint = (tone: Tone, text: string) => string;

/** Where human text goes: how wide, and with which colours. */
export interface Screen {
  readonly paint: Paint;
  readonly width: number;
}

const FORMATS: Readonly<Record<Tone, Parameters<typeof styleText>[0] | undefined>> = {
  good: 'green',
  work: 'cyan',
  late: 'yellow',
  wait: 'magenta',
  bad: 'red',
  dim: 'dim',
  strong: 'bold',
  plain: undefined,
};

export const noPaint: Paint = (_tone, text) => text;

export const colourPaint: Paint = (tone, text) => {
  const format = FORMATS[tone];
  // Whether the stream shows colours was decided by the caller; stdout, which Node would look at, is not where this goes.
  return format === undefined || text === '' ? text : styleText(format, text, { validateStream: false });
};

/** Colour only on a terminal that wants it: `--no-color`, NO_COLOR and `TERM=dumb` switch it off, FORCE_COLOR on. */
export function choosePaint(options: {
  readonly isTTY: boolean;
  readonly noColor: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}): Paint {
  const { env } = options;
  if (options.noColor || (env.NO_COLOR ?? '') !== '') return noPaint;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced === '0' ? noPaint : colourPaint;
  return options.isTTY && env.TERM !== 'dumb' ? colourPaint : noPaint;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with a control character
const ESCAPES = /\u001b\[[0-9;]*m/g;

/** Columns that a text takes on the screen, colours not counted. */
export const visibleWidth = (text: string): number => [...text.replace(ESCAPES, '')].length;

/** Cuts to `width` columns, with an ellipsis; the text must be without colours. */
export function cut(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
