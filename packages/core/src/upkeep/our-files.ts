import { hasFileUuid, type TableMetadata } from '@psyberg/iceberg';

const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}';
/** What engines write before it gets its name; nothing ever points in there. */
const UNFINISHED = new RegExp(`/_attempt-${UUID}/.+$`);
const TEMPORARY = new RegExp(`\\.${UUID}\\.tmp$`);
const KINDS = /(?:\.parquet|-m\d+\.avro|\/snap-[^/]+\.avro|\.metadata\.json)$/;

/**
 * Whether a file is named as ours are for this table, so that `clean` may take it if nothing reaches it: by the uuids that our
 * engines, our own tables and table commits give to data files, manifests, manifest lists and metadata files. Files of other
 * writers, and those of a table that was dropped and made anew at the same place, are not.
 */
export function isOursIn({ tableUuid }: TableMetadata): (location: string) => boolean {
  return (location) => {
    const finished = location.replace(TEMPORARY, '');
    return UNFINISHED.test(location) || (KINDS.test(finished) && hasFileUuid(finished, tableUuid));
  };
}
