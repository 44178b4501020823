import { formatIdentifier } from '@psyberg/iceberg';
import { EngineError } from '../engine/errors.ts';
import { PsybergError } from '../errors.ts';
import type { AuditDefinition } from '../process/process.ts';
import type { AuditContext, AuditHistory } from './audit-context.ts';
import type { RegisteredAudit } from './audit-kind.ts';
import type { AuditOutcome } from './audit-outcome.ts';
import { requireColumnNeeds } from './column-needs.ts';
import { failingRows, named, numbersOf, TARGET_NAME } from './failing-rows.ts';
import type { Scan, ScanSubject } from './scan.ts';

/** A scan, or why there is none: a column is not there, a value does not fit. */
type Prepared = { readonly scan: Scan } | { readonly problem: PsybergError };
type Values = ReadonlyMap<string, number | null>;

/**
 * The scans of one session: whatever any of them wants to know of the rows written is asked in one query, when the first of them
 * is run. Where that query fails, since one user's SQL in it is wrong, each is asked alone, so that the fault stays with its audit.
 */
export class SharedScan {
  readonly #context: AuditContext;
  readonly #prepared = new Map<AuditDefinition, Prepared>();
  #together: Promise<Values | undefined> | undefined;

  constructor(context: AuditContext) {
    this.#context = context;
  }

  /** Takes a definition into the common query. Opens the engine, whose dialect decides names and literals; reads nothing. */
  async add(definition: AuditDefinition, kind: RegisteredAudit): Promise<void> {
    const { process, written, clock } = this.#context;
    const table = formatIdentifier(process.target.table);
    try {
      requireColumnNeeds(definition.audit, table, written.schema, kind.columns(definition.parameters));
      const engine = await this.#context.engine();
      const subject: ScanSubject = { engine, table, schema: written.schema, nowMs: clock() };
      this.#prepared.set(definition, { scan: kind.scan!(subject, definition.parameters) });
    } catch (error) {
      if (!(error instanceof PsybergError)) throw error;
      this.#prepared.set(definition, { problem: error });
    }
  }

  /** @throws {PsybergError} @throws {EngineError} */
  async outcomeOf(definition: AuditDefinition, history: AuditHistory): Promise<AuditOutcome> {
    const prepared = this.#prepared.get(definition)!;
    if ('problem' in prepared) throw prepared.problem;
    const { scan } = prepared;
    this.#together ??= this.#askTogether();
    const values = (await this.#together) ?? (await this.#ask(scan.aggregates));
    const outcome = await scan.judge(
      scan.aggregates.map((aggregate) => values.get(aggregate) ?? null),
      history,
    );
    if (outcome.passed || scan.sample === undefined) return outcome;
    const relations = [named(this.#context.written, TARGET_NAME)];
    const { sample } = await failingRows(this.#context, relations, { ...scan.sample, count: '0' });
    const message = scan.describe?.(outcome, sample) ?? outcome.message;
    return { ...outcome, sample, message };
  }

  /** Undefined where the common query fails. */
  async #askTogether(): Promise<Values | undefined> {
    const scans = [...this.#prepared.values()].flatMap((prepared) => ('scan' in prepared ? [prepared.scan] : []));
    try {
      return await this.#ask(scans.flatMap(({ aggregates }) => aggregates));
    } catch (error) {
      this.#context.signal?.throwIfAborted();
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  }

  async #ask(aggregates: readonly string[]): Promise<Values> {
    const wanted = [...new Set(aggregates)];
    if (wanted.length === 0) return new Map();
    const sql = `SELECT ${wanted.map((aggregate, i) => `${aggregate} AS psyberg_${i}`).join(',\n')}\nFROM ${TARGET_NAME}`;
    const numbers = await numbersOf(this.#context, sql, [named(this.#context.written, TARGET_NAME)]);
    return new Map(wanted.map((aggregate, i) => [aggregate, numbers[i] ?? null]));
  }
}
