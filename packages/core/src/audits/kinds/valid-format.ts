import type { AuditKind } from '../audit-kind.ts';
import { matches, quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { withArticle } from '../counting.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

const OCTET = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';

/** Patterns that RE2 and Java read alike. They say what a text looks like, not whether what it names exists. */
const FORMATS = {
  uuid: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  email: '^[^@ ]+@[^@ ]+[.][^@ .]+$',
  url: '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/ ?#]+[^ ]*$',
  ipv4: `^(${OCTET}[.]){3}${OCTET}$`,
  integer: '^[+-]?[0-9]+$',
  decimal: '^[+-]?[0-9]+([.][0-9]+)?$',
  date: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
  timestamp:
    '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?$',
  country: '^[A-Z]{2}$',
  currency: '^[A-Z]{3}$',
} as const;

type Format = keyof typeof FORMATS;
const NAMES = Object.keys(FORMATS) as readonly Format[];

interface ValidFormat extends RowParameters {
  readonly column: string;
  readonly format: Format;
}

/** Every value of a string column looks like an address, an id or a number of a well-known form. NULL is accepted. */
export const validFormat: AuditKind<ValidFormat> = {
  kind: 'valid_format',
  parameters: ['column', 'format', ...ROW_PARAMETERS],
  read(reader) {
    if (!reader.has('format')) reader.problem([], `needs \`format\`, one of ${NAMES.join(', ')}`);
    return {
      column: reader.text('column'),
      format: reader.optionalOneOf('format', NAMES) ?? 'uuid',
      ...readRowParameters(reader),
    };
  },
  columns: ({ column }) => needs('text', column),
  scan: (subject, { column, format, ...rows }) =>
    valueScan(subject, {
      ...rows,
      column,
      violation: `NOT ${matches(subject.engine, quoteName(subject.engine, column), FORMATS[format])}`,
      holds: `has the form of ${withArticle(format)}`,
      flaw: `without the form of ${withArticle(format)}`,
    }),
};
