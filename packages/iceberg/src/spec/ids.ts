declare const brand: unique symbol;

/** A value that carries its meaning in its type; nothing of it exists at run time. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Identity of a snapshot within its table: a positive 63-bit integer (negative ones are read, never made). */
export type SnapshotId = Brand<bigint, 'SnapshotId'>;

/** Orders table commits of a format v2 table; 0 for everything a v1 table wrote. */
export type SequenceNumber = Brand<bigint, 'SequenceNumber'>;

export const toSnapshotId = (value: bigint): SnapshotId => value as SnapshotId;
export const toSequenceNumber = (value: bigint): SequenceNumber => value as SequenceNumber;
