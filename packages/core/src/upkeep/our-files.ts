const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}';
/** As our engines name data files and the folders they work in, our own tables their files, and table commits what they write. */
const OURS = new RegExp(
  `/(?:(?:\\d{5}-\\d+-)?${UUID}\\.parquet|_attempt-${UUID}/.+|${UUID}-m\\d+\\.avro|snap-\\d+-\\d+-${UUID}\\.avro` +
    `|\\d{5,}-${UUID}(?:\\.gz)?\\.metadata\\.json)(?:\\.${UUID}\\.tmp)?$`,
);

/** Whether a file is named as ours are, so that `clean` may take it if nothing reaches it. */
export const isOurs = (location: string): boolean => OURS.test(location);
