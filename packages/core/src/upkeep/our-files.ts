import { fileUuidOf, hasFileUuid, type Table, type TableMetadata } from '@psyberg/iceberg';

const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}';
/** What engines write before it gets its name; nothing ever points in there. */
const UNFINISHED = new RegExp(`/_attempt-${UUID}/.+$`);
const TEMPORARY = new RegExp(`\\.${UUID}\\.tmp$`);
const FIRST_METADATA = /\/0{5,}-[^/]+\.metadata\.json$/;
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

/** Whether a file is the first metadata file of some table that was, or was about to be, created here. */
export function isFirstMetadata(location: string): boolean {
  const finished = location.replace(TEMPORARY, '');
  return FIRST_METADATA.test(finished) && fileUuidOf(finished) !== undefined;
}

/**
 * Of first metadata files of other tables those whose table never was, because its creation died or lost a race: no other file bears
 * its mark. A table that was used and then dropped without purge has left more. Lists the folders of the files.
 */
export async function ofTablesThatNeverWere(table: Table, locations: readonly string[]): Promise<ReadonlySet<string>> {
  const uuids = new Map<string, Set<string>>();
  for (const folder of new Set(locations.map((location) => location.slice(0, location.lastIndexOf('/'))))) {
    for await (const { location } of table.io.list(folder)) {
      const uuid = fileUuidOf(location.replace(TEMPORARY, ''));
      if (uuid !== undefined) uuids.set(markOf(uuid), (uuids.get(markOf(uuid)) ?? new Set()).add(uuid));
    }
  }
  return new Set(locations.filter((location) => uuids.get(markOf(fileUuidOf(location)!))?.size === 1));
}

const markOf = (fileUuid: string): string => fileUuid.slice(0, 8);
