/** What of an observation people should hear of. */
import type { NestedField } from '@psyberg/iceberg';
import type { SnapshotPin } from '../session/session-plan.ts';
import { formatInstantShort } from '../time/instant.ts';
import { alignTo, clip, hull, type IntervalSet, intervalSet, subtract } from '../time/interval-set.ts';
import type { FileChange } from './file-change.ts';
import type { ObserveOptions } from './observe-options.ts';
import { retentionEnd } from './retention.ts';

export function droppedNote(name: string, dropped: IntervalSet): string | undefined {
  const whole = hull(dropped);
  if (whole === undefined) return undefined;
  return (
    `${name} has dropped rows from ${formatInstantShort(whole.start)} to ${formatInstantShort(whole.end)} by its retention, which is ` +
    'no change; what was made of them stays.'
  );
}

/** Step by step a drop and late rows after it are told apart; from both ends alone they look like an interval that was overwritten. */
export function partlyDroppedNote(
  name: string,
  changes: readonly FileChange[],
  dropped: IntervalSet,
  { committedAtMs }: SnapshotPin,
  { process, source }: ObserveOptions,
): string | undefined {
  if (source.retentionUs === undefined || process.mode === 'stateless') return undefined;
  const { grain } = process.target;
  const old = retentionEnd(source.retentionUs, grain, committedAtMs);
  const removed = intervalSet(changes.flatMap((change) => (change.change === 'removed' ? change.span : [])));
  const whole = hull(subtract(clip(alignTo(grain, removed), undefined, old), dropped));
  if (whole === undefined) return undefined;
  return (
    `${name} has lost rows from ${formatInstantShort(whole.start)} to ${formatInstantShort(whole.end)}, and has rows there still; its history ` +
    'since is cut, so that an overwrite cannot be told from what its retention dropped before late rows came. It is taken for an ' +
    'overwrite: what is there now counts.'
  );
}

export function reusedNote(name: string, reused: readonly NestedField[]): string | undefined {
  if (reused.length === 0) return undefined;
  return (
    `${name}: ${reused.map((f) => f.name).join(', ')} is another column than at the last session, under the same name; rows of older ` +
    'files have no value in it.'
  );
}
