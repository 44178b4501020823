import type { Relation, RelationPart } from '../engine/engine.ts';
import { nearestName } from '../engine/suggest.ts';
import { UsageError } from '../errors.ts';
import { type ChangesSource, changesSourcesOf } from '../process/process.ts';
import { type IntervalSet, intersect, subtract, union } from '../time/interval-set.ts';
import type { AuditContext, AuditInput } from './audit-context.ts';

/** Input of a changes source, limited to the intervals that the session computes. */
export interface ChangesInput {
  readonly name: string;
  readonly relation: Relation;
  /** Rows of the relation, where the transform counted them. */
  readonly rows?: number;
}

/**
 * The input to compare with: that of the source named, or of the only one.
 *
 * Where a source `reads` beyond its interval, the transform's input is wider than what it computes; the rows in the margins belong
 * to intervals that others compute, so only those of the session's intervals are compared.
 *
 * @throws {UsageError} no such source, or several and none named
 */
export function changesInput(context: AuditContext, name: string | undefined): ChangesInput {
  const inputs = context.inputs.filter((input) => input.role === 'changes');
  const input = name === undefined ? onlyOne(inputs) : inputs.find(({ relation }) => relation.names.includes(name));
  if (input === undefined) throw noSuchInput(context, inputs, name);
  const source = sourceOf(context, input);
  const label = input.relation.names.at(-1) ?? source?.as ?? 'the source';
  if (source === undefined || !readsBeyond(source)) {
    return { name: label, relation: input.relation, ...(input.rows !== undefined && { rows: input.rows }) };
  }
  return { name: label, relation: limitedTo(input.relation, context.plan.write) };
}

const onlyOne = (inputs: readonly AuditInput[]): AuditInput | undefined =>
  inputs.length === 1 ? inputs[0] : undefined;

const sourceOf = (context: AuditContext, { relation }: AuditInput): ChangesSource | undefined =>
  changesSourcesOf(context.process).find(({ as }) => relation.names.includes(as));

const readsBeyond = ({ reads }: ChangesSource): boolean => reads.beforeUs > 0n || reads.afterUs > 0n;

/** Calls of one session read overlapping margins; a span that an earlier part gave is left out of later ones, so no row counts twice. */
function limitedTo(relation: Relation, intervals: IntervalSet): Relation {
  let given: IntervalSet = [];
  const parts = relation.parts.map((part): RelationPart => {
    const within = subtract(part.within === undefined ? intervals : intersect(part.within, intervals), given);
    given = union(given, within);
    return { ...part, within };
  });
  return { ...relation, parts };
}

function noSuchInput(context: AuditContext, inputs: readonly AuditInput[], name: string | undefined): UsageError {
  const names = inputs.map(({ relation }) => relation.names[0] ?? '?');
  const list = `The sources of ${context.process.name} are ${names.join(', ') || 'none'}.`;
  if (name === undefined)
    return new UsageError(`The audit does not say which source to compare with. ${list} Name one with \`source\`.`);
  const near = nearestName(name, names);
  return new UsageError(`There is no source "${name}". ${list}${near === undefined ? '' : ` Did you mean "${near}"?`}`);
}

/**
 * Rows of a relation, without reading them where manifests say it all: undefined when a part is limited to spans of time or reduced by
 * other files.
 * A part that leaves out NULL times counts them too, so that it cannot be answered either.
 */
export function countFromMetadata(relation: Relation): number | undefined {
  const limited = relation.parts.some(
    (part) =>
      part.files.length > 0 &&
      (part.within !== undefined ||
        part.except !== undefined ||
        part.dropNullTimes === true ||
        (part.without?.length ?? 0) > 0),
  );
  if (limited) return undefined;
  return relation.parts.flatMap((part) => part.files).reduce((sum, file) => sum + file.recordCount, 0);
}
