/**
 * Check: everything that would fail at three in the night, found now. Binds every SQL in the engine, plans every process, and asks the
 * doctor what is at risk in the sources and whether all places can be written. Writes nothing.
 */
import {
  currentSchema,
  fieldByName,
  formatIdentifier,
  headOf,
  type Table,
  type TableIdentifier,
} from '@psyberg/iceberg';
import { auditColumnProblems } from '../audits/check-columns.ts';
import { auditSourceProblems, auditSqlProblems } from '../audits/check-sql.ts';
import { inDependencyOrder } from '../chain/order.ts';
import { goneColumns, goneColumnsIn } from '../changes/gone-columns.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { Relation } from '../engine/engine.ts';
import { nearestName } from '../engine/suggest.ts';
import { describeMissing } from '../inspect/named-table.ts';
import { changesSourcesOf, type Process } from '../process/process.ts';
import { timeColumnNames } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import type { CheckReport, DoctorFinding } from '../reports.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { parametersOf } from '../steps/parameters.ts';
import { processFindings } from './doctor.ts';
import type { DoctorTopic } from './finding.ts';
import { placeFindings } from './places.ts';

type Problem = CheckReport['problems'][number];

/** Of what the doctor finds, what a run would stumble over; how sessions stand is no matter of a check. */
const TOPICS: ReadonlySet<DoctorTopic> = new Set<DoctorTopic>([
  'plan',
  'retention',
  'bounds',
  'metadata-log',
  'rights',
]);

/** With `config`, also whether its places can be written. */
export async function check(project: Project, options: { readonly config?: LoadedConfig } = {}): Promise<CheckReport> {
  const problems: Problem[] = [];
  const processes = inDependencyOrder([...project.processes.values()]);
  for (const process of processes) {
    const own = await checkProcess(project, process);
    problems.push(...own);
    // What is wrong with the configuration would only be found once more.
    if (own.some(({ severity }) => severity === 'error')) continue;
    problems.push(...asProblems(await processFindings(project, process)));
  }
  if (options.config !== undefined) problems.push(...asProblems(await placeFindings(options.config)));
  return { problems, checked: processes.length };
}

const asProblems = (findings: readonly DoctorFinding[]): readonly Problem[] =>
  findings.flatMap(({ severity, topic, where, message }) =>
    TOPICS.has(topic) && severity !== 'info' ? [{ severity, where, message }] : [],
  );

async function checkProcess(project: Project, process: Process): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const relations: Relation[] = [];
  const tables: Table[] = [];
  let complete = true;
  for (const source of process.sources) {
    const name = formatIdentifier(source.table);
    const table = await openIfExists(project, source.table);
    if (table === undefined) {
      complete = false;
      const made = [...project.processes.values()].some((p) => formatIdentifier(p.target.table) === name);
      if (!made) problems.push(await missingTable(project, process, source.table));
      continue;
    }
    tables.push(table);
    relations.push({ names: [source.as, name], schema: currentSchema(table.metadata), parts: [] });
    if (source.role === 'changes' && source.time !== undefined) {
      for (const column of timeColumnNames(source.time)) problems.push(...missingColumn(process, table, column));
    }
  }
  const target = await openIfExists(project, process.target.table);
  if (complete && process.transform.kind === 'sql')
    problems.push(...(await checkSql(project, process, relations, tables, target)));
  return problems;
}

async function missingTable(project: Project, process: Process, table: TableIdentifier): Promise<Problem> {
  const message = `There is no table ${await describeMissing(project, table)}`;
  return { severity: 'error', where: process.name, message };
}

function missingColumn(process: Process, table: Table, column: string): readonly Problem[] {
  const schema = currentSchema(table.metadata);
  if (fieldByName(schema, column) !== undefined) return [];
  const now = goneColumns(table).find(({ name }) => name === column)?.renamedTo;
  const near = nearestName(
    column,
    schema.fields.map((f) => f.name),
  );
  const hint =
    now !== undefined ? `; it is called "${now}" now.` : near === undefined ? '.' : `; did you mean "${near}"?`;
  const message =
    `${formatIdentifier(table.identifier)} has no column "${column}"${hint} ` +
    `It has ${schema.fields.map((f) => f.name).join(', ')}.`;
  return [{ severity: 'error', where: process.name, message }];
}

async function checkSql(
  project: Project,
  process: Process,
  relations: readonly Relation[],
  tables: readonly Table[],
  target: Table | undefined,
): Promise<readonly Problem[]> {
  const { transform } = process;
  if (transform.kind !== 'sql') return [];
  const engine = await project.engineFor(process)();
  const sql = transform.sqlByEngine[engine.name] ?? transform.sqlByEngine['*'];
  const where = process.name;
  if (sql === undefined) return [{ severity: 'error', where, message: `There is no SQL for engine ${engine.name}.` }];
  try {
    const previous: Relation = {
      names: ['previous'],
      schema: target ? currentSchema(target.metadata) : { schemaId: 0, fields: [] },
      parts: [],
    };
    const analysis = await engine.analyze({
      sql,
      relations: process.mode === 'sequential' ? [...relations, previous] : relations,
      parameters: parametersOf(process, 'check', undefined, undefined),
      ...(process.mode === 'sequential' &&
        (target === undefined || process.target.onSchemaChange === 'add') && { recursive: 'previous' }),
    });
    return [
      ...resultProblems(process, analysis),
      ...(await targetProblems(process, target, analysis)),
      ...(await auditProblems(project, process, analysis)),
    ];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ severity: 'error', where, message: `${message}${goneColumnsIn(message, tables)}` }];
  }
}

/** Columns that audits need and the result lacks, and SQL of scans that the engine does not take. Reads no rows. */
async function auditProblems(
  project: Project,
  process: Process,
  { columns }: Awaited<ReturnType<import('../engine/engine.ts').Engine['analyze']>>,
): Promise<readonly Problem[]> {
  const fields = columns.map(({ name, type }, i) => ({ id: i + 1, name, required: false, type }));
  const schema = { schemaId: 0, fields };
  const table = formatIdentifier(process.target.table);
  const wrong = auditColumnProblems(process.audits, table, schema);
  const faulty =
    wrong.length > 0 ? [] : await auditSqlProblems(process.audits, table, schema, await project.engineFor(process)());
  const unknown = auditSourceProblems(process);
  return [...wrong, ...unknown, ...faulty].map((message) => ({ severity: 'error', where: process.name, message }));
}

function resultProblems(
  process: Process,
  analysis: Awaited<ReturnType<import('../engine/engine.ts').Engine['analyze']>>,
): readonly Problem[] {
  const where = process.name;
  const problems: Problem[] = [];
  const names = analysis.columns.map((c) => c.name);
  for (const column of process.target.time === undefined ? [] : timeColumnNames(process.target.time)) {
    if (names.includes(column)) continue;
    const near = nearestName(column, names);
    problems.push({
      severity: 'error',
      where,
      message: `target.time is "${column}", which the transform does not return${near === undefined ? '.' : `; did you mean "${near}"?`}`,
    });
  }
  for (const name of analysis.volatileFunctions) {
    problems.push({
      severity: 'error',
      where,
      message: `The transform calls ${name}, whose result depends on when it runs; recomputed, the rows would differ.`,
    });
  }
  const { transform } = process;
  if (process.mode === 'stateless' && transform.kind === 'sql' && !transform.rowwise) {
    const sources = changesSourcesOf(process).flatMap((s) => [s.as, formatIdentifier(s.table)]);
    for (const problem of analysis.rowwiseProblems(sources)) {
      problems.push({
        severity: 'error',
        where,
        message: `${problem}: a stateless transform sees only new rows. Use mode: stateful, or assert transform.rowwise: true.`,
      });
    }
  }
  const counts = process.audits.some(
    (a) => a.audit === 'source_target_count' && a.parameters.where === undefined && a.parameters.expect === undefined,
  );
  if (counts && analysis.mayChangeRowCount) {
    problems.push({
      severity: 'warning',
      where,
      message:
        'source_target_count stands beside a filter, a join or an aggregate, without where or expect; it may fail on correct rows.',
    });
  }
  return problems;
}

async function targetProblems(
  process: Process,
  target: Table | undefined,
  { columns }: Awaited<ReturnType<import('../engine/engine.ts').Engine['analyze']>>,
): Promise<readonly Problem[]> {
  if (target === undefined || headOf(target.metadata, process.target.branch) === undefined) return [];
  const schema = currentSchema(target.metadata);
  const missing = schema.fields.filter((f) => !columns.some((c) => c.name === f.name)).map((f) => f.name);
  const extra = columns.filter((c) => !schema.fields.some((f) => f.name === c.name)).map((c) => c.name);
  // New columns alone are added by the next session, where the configuration says so.
  if (missing.length === 0 && process.target.onSchemaChange === 'add') return [];
  if (missing.length + extra.length === 0) return [];
  const message =
    `The transform does not fit ${formatIdentifier(target.identifier)}:` +
    `${missing.length === 0 ? '' : ` it lacks ${missing.join(', ')};`}${extra.length === 0 ? '' : ` the table lacks ${extra.join(', ')};`} add or rename columns so that both have the same.`;
  return [{ severity: 'error', where: process.name, message }];
}
