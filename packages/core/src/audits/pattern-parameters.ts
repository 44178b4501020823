import type { ParameterReader } from './parameter-reader.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from './row-parameters.ts';

/** What an audit that looks for a pattern in a column is told. */
export interface PatternParameters extends RowParameters {
  readonly column: string;
  /** In the engine's own regular expressions. */
  readonly pattern: string;
}

export const PATTERN_PARAMETERS = ['column', 'pattern', ...ROW_PARAMETERS] as const;

export const readPatternParameters = (reader: ParameterReader): PatternParameters => ({
  column: reader.text('column'),
  pattern: reader.text('pattern'),
  ...readRowParameters(reader),
});
