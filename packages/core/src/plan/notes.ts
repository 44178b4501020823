import { formatInstantShort } from '../time/instant.ts';
import type { PlanInput } from './plan-input.ts';

/** What is remarkable about a plan, as plain sentences. */
export function forecastNotes({ record, fingerprints, observations }: PlanInput): readonly string[] {
  const notes = observations.flatMap((o) => o.notes);
  for (const { table, futureUntil } of observations) {
    if (futureUntil === undefined) continue;
    notes.push(
      `${table} has rows up to ${formatInstantShort(futureUntil)}, after the commit that brought them; they do not count as ` +
        'seen (future: allow would count them).',
    );
  }
  if (record !== undefined && record.fingerprints.transform !== fingerprints.transform) {
    notes.push(
      `The transform has changed since session ${record.session}; intervals that are not in this plan keep the rows of the ` +
        'older one. Nothing is recomputed unasked: run --recompute would.',
    );
  }
  return notes;
}
