import assert from 'node:assert/strict';
import type { DataFile, Schema } from '@psyberg/iceberg';
import type { TimeColumn } from '../../process/time-column.ts';
import { formatInstant } from '../../time/instant.ts';
import type { FileTimeProfile } from '../engine.ts';
import { at, EVENT_TIME, EVENTS, engineCase, events, ids, relation, schemaOf, span, write } from './subject.ts';

/** Three rows at 01:00, 02:30 and none, in each form a time can take. */
interface TimeForm {
  readonly form: string;
  readonly time: TimeColumn;
  readonly schema: Schema;
  /** Expressions for the columns after `id`, from a timestamp expression. */
  readonly columns: (timestamp: string | undefined) => Readonly<Record<string, string>>;
}

const epoch = (unit: 's' | 'ms' | 'us', type: 'int' | 'long'): TimeForm => ({
  form: `${type} of ${unit}`,
  time: { kind: 'epoch', column: 't', unit },
  schema: schemaOf({ id: 'long', t: type }),
  columns: (timestamp) => {
    const perSecond = { s: 1n, ms: 1000n, us: 1_000_000n }[unit];
    const value = timestamp === undefined ? 'NULL' : `${((at(timestamp) as bigint) / 1_000_000n) * perSecond}`;
    return { t: `CAST(${value} AS ${type === 'int' ? 'INT' : 'BIGINT'})` };
  },
});

const TIME_FORMS: readonly TimeForm[] = [
  {
    form: 'timestamp',
    time: { kind: 'column', column: 't' },
    schema: schemaOf({ id: 'long', t: 'timestamp' }),
    columns: (timestamp) => ({ t: timestamp === undefined ? 'CAST(NULL AS TIMESTAMP)' : `TIMESTAMP '${timestamp}'` }),
  },
  epoch('s', 'int'),
  epoch('s', 'long'),
  epoch('ms', 'long'),
  epoch('us', 'long'),
  {
    form: 'date and hour',
    time: { kind: 'date-hour', dateColumn: 'd', hourColumn: 'h' },
    schema: schemaOf({ id: 'long', d: 'int', h: 'int' }),
    columns: (timestamp) => ({
      d: timestamp === undefined ? 'CAST(NULL AS INT)' : `CAST(${timestamp.slice(0, 10).replaceAll('-', '')} AS INT)`,
      h: `CAST(${timestamp === undefined ? 5 : Number(timestamp.slice(11, 13))} AS INT)`,
    }),
  },
];

const TIMES = ['2023-09-14 01:00:00', '2023-09-14 02:30:00', undefined] as const;

function formSql({ columns }: TimeForm): string {
  const selects = TIMES.map((timestamp, i) => {
    const expressions = Object.entries(columns(timestamp)).map(([name, sql]) => `${sql} AS ${name}`);
    return `SELECT CAST(${i + 1} AS BIGINT) AS id, ${expressions.join(', ')}`;
  });
  return selects.join(' UNION ALL ');
}

/** Without metrics nothing can be settled from manifests. */
const withoutMetrics = ({ lowerBounds: _l, upperBounds: _u, nullValueCounts: _n, ...file }: DataFile): DataFile => file;

const intervalsOf = (profile: FileTimeProfile): readonly (readonly [string, number])[] =>
  profile.rowsByInterval.map(({ start, rows }) => [formatInstant(start), rows]);

const formCases = TIME_FORMS.map((form) =>
  engineCase(`limits to spans of a time given as ${form.form}`, async (subject) => {
    const { time, schema } = form;
    const { files } = await write(subject, formSql(form), { schema });
    const hourTwo = span(['2023-09-14 02:00', '2023-09-14 03:00']);
    for (const known of [files, files.map(withoutMetrics)]) {
      const see = (part: object) => ids(subject, relation(known, { schema, time, parts: [{ files: known, ...part }] }));
      assert.deepEqual(await see({}), [1, 2, 3]);
      assert.deepEqual(await see({ within: hourTwo }), [2]);
      assert.deepEqual(await see({ except: hourTwo }), [1, 3]);
      assert.deepEqual(await see({ except: hourTwo, dropNullTimes: true }), [1]);
      assert.deepEqual(await see({ dropNullTimes: true }), [1, 2]);
      assert.deepEqual(await see({ within: [] }), []);
      assert.deepEqual(await see({ within: span(['2023-09-14 00:00', '2023-09-15 00:00']), except: hourTwo }), [1]);
    }
    const [profile] = await subject.engine.profileTime({ schema, time, grain: 'hour', files });
    assert.deepEqual(intervalsOf(profile!), [
      ['2023-09-14T01:00:00Z', 1],
      ['2023-09-14T02:00:00Z', 1],
    ]);
    assert.equal(profile!.nullRows, 1);
    const latest = at(form.time.kind === 'date-hour' ? '2023-09-14 02:00' : '2023-09-14 02:30');
    assert.equal(profile!.latest, latest);
    const [day] = await subject.engine.profileTime({ schema, time, grain: 'day', files });
    const all = { start: at('2023-09-14'), rows: 2, first: at('2023-09-14 01:00'), last: latest };
    assert.deepEqual(day!.rowsByInterval, [all]);
  }),
);

export const timeCases = [
  ...formCases,
  engineCase('takes a date as the start of its day', async (subject) => {
    const schema = schemaOf({ id: 'long', t: 'date' });
    const time = { kind: 'column', column: 't' } as const;
    const { files } = await write(
      subject,
      "SELECT CAST(1 AS BIGINT) AS id, DATE '1969-12-31' AS t UNION ALL SELECT CAST(2 AS BIGINT), DATE '1970-01-01'",
      { schema },
    );
    const see = (start: string, end: string) =>
      ids(subject, relation(files, { schema, time, parts: [{ files, within: span([start, end]) }] }));
    assert.deepEqual(await see('1969-12-31 00:00', '1970-01-01 00:00'), [1]);
    assert.deepEqual(await see('1969-12-31 01:00', '1970-01-01 01:00'), [2]);
    assert.deepEqual(await see('1969-12-31 01:00', '1969-12-31 23:00'), []);
    const [profile] = await subject.engine.profileTime({ schema, time, grain: 'day', files });
    assert.deepEqual(intervalsOf(profile!), [
      ['1969-12-31T00:00:00Z', 1],
      ['1970-01-01T00:00:00Z', 1],
    ]);
  }),
  engineCase('limits to many spans with holes as to few', async (subject) => {
    const times = Array.from({ length: 100 }, (_, i) => at('2023-09-14 00:00') + BigInt(i) * 3_600_000_000n);
    const rowsOf = times.map(
      (us, i) =>
        [
          i,
          formatInstant(us as never)
            .replace('T', ' ')
            .replace('Z', ''),
        ] as const,
    );
    const { files } = await write(subject, events(...rowsOf));
    const even = span(
      ...rowsOf.filter(([i]) => i % 2 === 0).map(([, text]) => [text, text.replace(':00:00', ':00:01')] as const),
    );
    const expected = rowsOf.filter(([i]) => i % 2 === 0).map(([i]) => i);
    assert.deepEqual(await ids(subject, relation(files, { parts: [{ files, within: even }] })), expected);
    const rest = await ids(subject, relation(files, { parts: [{ files, except: even }] }));
    assert.equal(rest.length, 50);
  }),
  engineCase(
    'profiles each file in order, before 1970 too, and one without the column as having no times',
    async (subject) => {
      const first = await write(
        subject,
        events([1, '1969-12-31 23:30:00'], [2, '1970-01-01 00:10:00'], [3, undefined]),
        {
          request: { nullTime: 'keep' },
        },
      );
      const other = await write(subject, 'SELECT CAST(4 AS BIGINT) AS id', { schema: schemaOf({ id: 'long' }) });
      const files = [...other.files, ...first.files];
      const request = { schema: EVENTS, time: EVENT_TIME, grain: 'hour', files } as const;
      const [without, early] = await subject.engine.profileTime(request);
      assert.deepEqual(without, { path: files[0]!.path, rowsByInterval: [], nullRows: 1 });
      assert.equal(early!.path, files[1]!.path);
      assert.deepEqual(intervalsOf(early!), [
        ['1969-12-31T23:00:00Z', 1],
        ['1970-01-01T00:00:00Z', 1],
      ]);
      assert.equal(early!.nullRows, 1);
      const notAfter = await subject.engine.profileTime({ ...request, notAfter: at('1969-12-31 23:59') });
      assert.equal(notAfter[1]!.latest, at('1969-12-31 23:30'));
      assert.equal(
        (await subject.engine.profileTime({ ...request, notAfter: at('1960-01-01') }))[1]!.latest,
        undefined,
      );
      assert.deepEqual(
        await ids(subject, relation(files, { parts: [{ files, within: span(['1969-12-31', '1970-01-02']) }] })),
        [1, 2],
      );
    },
  ),
  engineCase('counts what each relation offered, and rows left out for want of a time', async (subject) => {
    const source = await write(
      subject,
      events([1, '2023-09-14 01:00:00'], [2, '2023-09-14 02:00:00'], [3, '2023-09-14 02:59:59.999999'], [4, undefined]),
      { request: { nullTime: 'keep' } },
    );
    for (const files of [source.files, source.files.map(withoutMetrics)]) {
      const parts = [{ files, within: span(['2023-09-14 02:00', '2023-09-14 03:00']) }];
      const relations = [
        relation(files, { parts }),
        relation(files, { names: ['lookup'] }),
        relation(files, { names: [], parts: [{ files, dropNullTimes: true }] }),
      ];
      const { inputs } = await write(subject, 'SELECT * FROM events', { request: { relations } });
      assert.deepEqual(inputs, [
        { rows: 2, nullTimeRows: 1 },
        { rows: 4, nullTimeRows: 0 },
        { rows: 3, nullTimeRows: 1 },
      ]);
    }
  }),
];
