import type { TableMetadata } from './table-metadata.ts';

/**
 * Whether files that the table no longer needs may be deleted: table property `gc.enabled`, true unless it says `false` in whatever
 * case. A table that shares files with others (Spark's `snapshot` makes such) says `false`.
 */
export const isGcEnabled = ({ properties }: TableMetadata): boolean =>
  properties['gc.enabled']?.toLowerCase() !== 'false';
