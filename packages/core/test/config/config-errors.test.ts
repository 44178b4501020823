import { describe, expect, it } from 'vitest';
import { problemsOf } from './project.ts';

const process = (lines: string) =>
  `processes:\n  p:\n${lines
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')}\n`;

const complete = (overrides: Readonly<Record<string, string>>) =>
  process(
    Object.entries({
      mode: 'stateful',
      sources: '[{ table: raw.a, time: ts }]',
      target: '{ table: dw.p, time: ts }',
      transform: '{ sql: select 1 }',
      ...overrides,
    })
      .map(([key, value]) => `${key}: ${value}`)
      .join('\n'),
  );
const stateless = (overrides: Readonly<Record<string, string>>) => complete({ mode: 'stateless', ...overrides });

/** What is written, where it is wrong, and what a reader must find in the message. */
const CASES: readonly (readonly [name: string, text: string, place: string, message: RegExp])[] = [
  ['an unknown key', 'engin: 1', '1:1 engin', /did you mean "engine"\?/],
  ['an unknown key unlike any other', 'quux: 1', '1:1 quux', /known here: catalog, engine, /],
  ['a key that stands twice', 'catalog: { type: memory }\ncatalog: { type: sql }', '2:1', /"catalog" stands twice/],
  ['broken YAML', 'processes: [', '1:13', /not readable/],
  ['a list for a file', '- 1', '1:1', /must be a mapping, not a list/],
  ['a later key', 'vars: { a: 1 }', '1:1 vars', /"vars" is not there yet/],
  ['object storage', 'io: { region: x }', '1:1 io', /not there yet/],
  ['a REST catalog', 'catalog: { type: rest, uri: "http://x" }', '1:18 catalog.type', /rest is not there yet/],
  [
    'a catalog in PostgreSQL',
    'catalog: { uri: "postgres://u:pw@h/d" }',
    '1:17 catalog.uri',
    /PostgreSQL is not there yet/,
  ],
  ['an unknown catalog', 'catalog: { type: sqlite }', '1:18 catalog.type', /must be one of sql, memory, not "sqlite"/],
  [
    'a URI of nothing',
    'catalog: { uri: "mysql://u:pw@h/d" }',
    '1:17 catalog.uri',
    /"mysql:\/\/u:\*\*\*@h\/d" is not the URI/,
  ],
  ['Spark', 'engine: { type: spark, uri: "sc://h" }', '1:17 engine.type', /spark is not there yet/],
  ['a number for a text', 'engine: { memoryLimit: 4 }', '1:24 engine.memoryLimit', /must be a text, not 4/],
  ['a fraction of a thread', 'engine: { threads: 1.5 }', '1:20 engine.threads', /must be a whole number, not 1.5/],
  ['no thread', 'engine: { threads: 0 }', '1:20 engine.threads', /at least 1, not 0/],
  [
    'two own tables in one',
    'tables: { audits: psyberg.sessions }',
    '1:19 tables.audits',
    /already the table of sessions/,
  ],
  ['a name with capitals', 'processes: { Signup: {} }', '1:14 processes.Signup', /cannot be a name/],
  ['a mistyped mode', complete({ mode: 'statful' }), '3:11 processes.p.mode', /did you mean "stateful"/],
  ['merge', complete({ mode: 'merge' }), '3:11 processes.p.mode', /merge is not there yet/],
  ['an owner', complete({ owner: 'me' }), '7:5 processes.p.owner', /not there yet/],
  [
    'weeks',
    complete({ target: '{ table: dw.p, time: ts, interval: week }' }),
    '5:48 processes.p.target.interval',
    /week is not there yet/,
  ],
  [
    'a missing part',
    process('mode: stateless\nsources: [a.b]\ntarget: { table: c.d }'),
    '2:3 processes.p.transform',
    /"transform" is missing/,
  ],
  ['no source', complete({ sources: '[]' }), '4:5 processes.p.sources', /must not be an empty list/],
  [
    'a bad table name',
    complete({ sources: '[{ table: raw, time: ts }]' }),
    '4:24 processes.p.sources.0.table',
    /"raw" is not a table name; write namespace.table/,
  ],
  [
    'a target with a time in its name',
    complete({ target: '{ table: "dw.p|ts", time: ts }' }),
    '5:22 processes.p.target.table',
    /belongs into "time"/,
  ],
  [
    'landing time in a stateful process',
    complete({ sources: '[raw.a]' }),
    '4:15 processes.p.sources.0',
    /needs "time".*compaction/,
  ],
  ['a target without time', complete({ target: '{ table: dw.p }' }), '5:5 processes.p.target', /needs "time"/],
  [
    'a stateless target without time',
    stateless({ target: '{ table: dw.p }' }),
    '5:5 processes.p.target',
    /needs "time"/,
  ],
  [
    'a threshold on a stateless process',
    stateless({ catchUp: '{ threshold: 4h }' }),
    '7:16 processes.p.catchUp.threshold',
    /take "threshold" out/,
  ],
  ['load on a stateless process', stateless({ load: 'range' }), '7:5 processes.p.load', /take "load" out/],
  ['isolate on a stateless process', stateless({ isolate: 'true' }), '7:5 processes.p.isolate', /take "isolate" out/],
  [
    'reads on a stateless process',
    stateless({ sources: '[{ table: raw.a, time: ts, reads: { before: 1h } }]' }),
    '4:41 processes.p.sources.0.reads',
    /never looks back/,
  ],
  [
    'changed on a sequential process',
    complete({ mode: 'sequential', load: 'changed' }),
    '7:11 processes.p.load',
    /always needs the whole range/,
  ],
  [
    'onOverwrite where all is recomputed',
    complete({ sources: '[{ table: raw.a, time: ts, onOverwrite: recompute }]' }),
    '4:41 processes.p.sources.0.onOverwrite',
    /take "onOverwrite" out/i,
  ],
  [
    'recompute without an axis',
    stateless({ sources: '[{ table: raw.a, onOverwrite: recompute }]', target: '{ table: dw.p }' }),
    '4:44 processes.p.sources.0.onOverwrite',
    /need "time" on one axis/,
  ],
  [
    'recompute beside a source without an axis',
    stateless({ sources: '[{ table: raw.a, time: ts, onOverwrite: recompute }, raw.b]' }),
    '4:54 processes.p.sources.0.onOverwrite',
    /raw\.b has no "time"/,
  ],
  [
    'recompute where another process writes too',
    `${stateless({ sources: '[{ table: raw.a, time: ts, onOverwrite: recompute }]' })}  q:\n    mode: stateless\n    sources: ["raw.b|ts"]\n    target: { table: dw.p, time: ts }\n    transform: { sql: select 1 }\n`,
    '4:54 processes.p.sources.0.onOverwrite',
    /which q writes too/,
  ],
  [
    'from without an axis',
    stateless({ sources: '[{ table: raw.a, from: 2023-01-01 }]', target: '{ table: dw.p }' }),
    '4:31 processes.p.sources.0.from',
    /needs "time"/,
  ],
  [
    'two sources of one short name',
    complete({ sources: '["a.x|ts", "b.X|ts"]' }),
    '4:25 processes.p.sources.1',
    /a\.x and b\.X are both called "X"/,
  ],
  [
    'a source called previous',
    complete({ sources: '["a.previous|ts"]' }),
    '4:15 processes.p.sources.0',
    /cannot be called "previous"/,
  ],
  [
    'a name that SQL cannot say',
    complete({ sources: '[{ table: raw.a, time: ts, as: "a b" }]' }),
    '4:45 processes.p.sources.0.as',
    /cannot be a name in SQL/,
  ],
  [
    'a source listed twice',
    complete({ sources: '["a.x|ts", { table: a.x, time: ts, as: y }]' }),
    '4:25 processes.p.sources.1',
    /listed twice/,
  ],
  [
    'lookups alone',
    complete({ sources: '[{ table: a.x, role: lookup }]' }),
    '4:5 processes.p.sources',
    /nothing would ever start/,
  ],
  [
    'a lookup with a time',
    complete({ sources: '["a.x|ts", { table: b.y, role: lookup, time: ts }]' }),
    '4:53 processes.p.sources.1.time',
    /read whole/,
  ],
  [
    'a time column given twice',
    complete({ sources: '[{ table: "a.x|ts", time: ts }]' }),
    '4:34 processes.p.sources.0.time',
    /given twice/,
  ],
  [
    'a bar without a column',
    complete({ sources: '["a.x|"]' }),
    '4:15 processes.p.sources.0',
    /write namespace.table or/,
  ],
  [
    'half a pair of date and hour',
    complete({ target: '{ table: dw.p, time: { date: d } }' }),
    '5:28 processes.p.target.time.hour',
    /"hour" is missing/,
  ],
  [
    'an unknown unit',
    complete({ target: '{ table: dw.p, time: { column: d, unit: ns } }' }),
    '5:53 processes.p.target.time.unit',
    /one of s, ms, us/,
  ],
  [
    'a bad duration',
    complete({ catchUp: '{ threshold: 48 hours }' }),
    '7:27 processes.p.catchUp.threshold',
    /"48 hours" is not a duration/,
  ],
  [
    'a bad instant',
    complete({ sources: '[{ table: raw.a, time: ts, from: yesterday }]' }),
    '4:47 processes.p.sources.0.from',
    /"yesterday" is not an instant/,
  ],
  [
    'a bad size',
    complete({ limits: '{ maxBytes: lots }' }),
    '7:25 processes.p.limits.maxBytes',
    /"lots" is not a size/,
  ],
  [
    'two kinds of completeness',
    complete({ sources: '[{ table: raw.a, time: ts, complete: { delay: 1h, sql: x } }]' }),
    '4:41 processes.p.sources.0.complete',
    /exactly one of sql, property, delay/,
  ],
  [
    'a mistyped partition transform',
    complete({ target: '{ table: dw.p, time: ts, partition: ["huor(ts)"] }' }),
    '5:50 processes.p.target.partition.0',
    /did you mean "hour"/,
  ],
  [
    'a bucket without a number',
    complete({ target: '{ table: dw.p, time: ts, partition: [bucket(id)] }' }),
    '5:50 processes.p.target.partition.0',
    /bucket\(16, id\)/,
  ],
  [
    'a missing SQL file',
    complete({ transform: '{ file: nope.sql }' }),
    '6:24 processes.p.transform.file',
    /"nope.sql" does not exist \(looked for \/.*nope\.sql\)/,
  ],
  [
    'two transforms',
    complete({ transform: '{ file: a.sql, sql: select 1 }' }),
    '6:5 processes.p.transform',
    /file and sql are given/,
  ],
  ['no transform', complete({ transform: '{}' }), '6:5 processes.p.transform', /none is given/],
  ['empty SQL', complete({ transform: '{ sql: " " }' }), '6:23 processes.p.transform.sql', /is empty/],
  [
    'new columns of a result that nobody knows',
    complete({ target: '{ table: dw.p, time: ts, onSchemaChange: add }', transform: '{ external: true }' }),
    '5:38 processes.p.target.onSchemaChange',
    /a job of your own adds them itself/,
  ],
  [
    'retention by landing time',
    stateless({ sources: '[{ table: raw.a, retention: 30d }]' }),
    '4:31 processes.p.sources.0.retention',
    /needs "time"/,
  ],
  [
    'rowwise where it asserts nothing',
    complete({ transform: '{ sql: select 1, rowwise: true }' }),
    '6:33 processes.p.transform.rowwise',
    /stateless/,
  ],
  [
    'two audits of one name',
    complete({ audits: '[{ audit: row_count, name: x }, { audit: row_count, name: x }]' }),
    '7:71 processes.p.audits.1.name',
    /two audits .* "x"/,
  ],
  [
    'an unknown audit',
    complete({ audits: '[{ audit: uniqe, columns: [id] }]' }),
    '7:23 processes.p.audits.0.audit',
    /Did you mean "unique"/,
  ],
  [
    'an audit without its parameter',
    complete({ audits: '[{ audit: unique }]' }),
    '7:14 processes.p.audits.0',
    /needs `columns`/,
  ],
  [
    'an engine that is not there',
    `engines: { big: {} }\n${complete({ engine: 'bug' })}`,
    '8:13 processes.p.engine',
    /no engine is called "bug"; did you mean "big"/,
  ],
  [
    'an own table as target',
    complete({ target: '{ table: psyberg.audits, time: ts }' }),
    '5:22 processes.p.target.table',
    /one of Psyberg's own/,
  ],
  [
    'a process that feeds itself',
    complete({ sources: '["dw.p|ts"]' }),
    '4:15 processes.p.sources.0',
    /reads its own target dw\.p/,
  ],
  [
    'a variable that is not set',
    `catalog: { warehouse: "$\{NOWHERE}/w" }`,
    '1:23 catalog.warehouse',
    /the environment has no NOWHERE/,
  ],
];

describe('what is wrong in a configuration is said with its place', () => {
  it.each(CASES)('%s', async (_name, text, place, message) => {
    const problems = await problemsOf(text);
    expect(problems.join('\n')).toContain(`psyberg.yaml:${place}`);
    expect(problems.find((problem) => problem.startsWith(`psyberg.yaml:${place}`))).toMatch(message);
  });

  it('tells everything at once, from the top, and a mistyped key once', async () => {
    const problems = await problemsOf(`enginee: {}
processes:
  Bad: { mode: x }
  good:
    mode: stateful
    sources: [{ tabel: raw.a, time: ts }]
    target: { table: dw.x }
  other:
    mode: stateful
    sources: [raw.b]
    target: { table: dw.y, time: ts }
    transform: { sql: select 1 }
`);
    expect(problems.map((problem) => problem.split(' ').slice(0, 2).join(' '))).toEqual([
      'psyberg.yaml:1:1 enginee:',
      'psyberg.yaml:3:3 processes.Bad:',
      'psyberg.yaml:4:3 processes.good.transform:',
      'psyberg.yaml:6:17 processes.good.sources.0.tabel:',
      'psyberg.yaml:10:15 processes.other.sources.0:',
    ]);
  });

  it('names the circle in which processes feed each other', async () => {
    const member = (name: string, source: string) =>
      `  ${name}: { mode: stateful, sources: ["dw.${source}|ts"], target: { table: dw.${name}, time: ts }, transform: { sql: x } }\n`;
    const problems = await problemsOf(`processes:\n${member('a', 'c')}${member('b', 'a')}${member('c', 'b')}`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('a -> b -> c -> a');
    expect(problems[0]).toMatch(/^psyberg\.yaml:\d:\d+ processes\.\w\.sources\.0:/);
  });

  it('refuses a target that two processes would overwrite', async () => {
    const member = (name: string, mode: string) =>
      `  ${name}: { mode: ${mode}, sources: ["raw.a|ts"], target: { table: dw.t, time: ts }, transform: { sql: x } }\n`;
    const [problem] = await problemsOf(`processes:\n${member('a', 'stateless')}${member('b', 'stateful')}`);
    expect(problem).toMatch(/^psyberg\.yaml:3:.* a writes dw\.t too, and b is stateful/);
  });
});
