import type { DataFile } from '../manifest/data-file.ts';
import type { NullableValue } from '../spec/types.ts';

/** A text that two files share exactly when they are of the same spec and lie in the same partition. */
export function partitionKey(file: Pick<DataFile, 'specId' | 'partition'>): string {
  return JSON.stringify([file.specId, ...file.partition.map(tagged)]);
}

/** Values of one partition field are all of one type, so it is enough that the texts of one type differ. */
function tagged(value: NullableValue): unknown {
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  // As text, because JSON has neither bigint nor NaN, and would make zeros and nulls of them.
  return Object.is(value, -0) ? '0' : String(value);
}
