import { formatInstantShort, type Project, type QueryValue, toInstant, type VerifyReport } from '@psyberg/core';
import { openTable, type Type } from '@psyberg/iceberg';
import { toJson } from '../render/json-values.ts';
import type { ValueText } from '../render/verify-text.ts';

/**
 * How sample rows are printed: by the types of each process's target, since a bare number does not say that it is a time. Reads
 * the metadata of the targets that differ.
 */
export async function valueTexts(project: Project, report: VerifyReport): Promise<(process: string) => ValueText> {
  const types = new Map<string, ReadonlyMap<string, Type>>();
  for (const { process, verdict } of report.processes) {
    if (verdict !== 'different' && verdict !== 'contained') continue;
    const table = await openTable(project.catalog, project.process(process).target.table);
    const schema = table.metadata.schemas.find(({ schemaId }) => schemaId === table.metadata.currentSchemaId);
    types.set(process, new Map(schema?.fields.map((field) => [field.name, field.type])));
  }
  return (process) => (column, value) => valueText(value, types.get(process)?.get(column));
}

/** A value as a person reads it. */
export function valueText(value: QueryValue, type: Type | undefined): string {
  if (value === null) return 'NULL';
  if (typeof value === 'bigint') return bigintText(value, type);
  if (typeof value === 'number' && type?.kind === 'date') {
    return formatInstantShort(toInstant(BigInt(value) * 86_400_000_000n)).slice(0, 10);
  }
  const json = toJson(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

function bigintText(value: bigint, type: Type | undefined): string {
  switch (type?.kind) {
    case 'timestamp':
    case 'timestamptz':
      return formatInstantShort(toInstant(value));
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return formatInstantShort(toInstant(value / 1000n));
    case 'decimal':
      return decimalText(value, type.scale);
    default:
      return value.toString();
  }
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
