import { inflateRawSync } from 'node:zlib';
import { IcebergError, InvalidAvroError, UnsupportedFeatureError } from '../errors.ts';
import { AvroCursor } from './avro-cursor.ts';
import { parseWriterSchema, type WriterType } from './writer-schema.ts';

/** `Obj` and the version of the container format. */
export const AVRO_MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 0x01);
export const SYNC_BYTES = 16;
/** Inflated at once; as blocks are of this size or larger, the default of a quarter only makes more pieces to join. */
const INFLATED_BYTES = 64 * 1024;

/** An opened Avro object container file: its header is read, its blocks are not. */
export interface AvroFile {
  readonly path: string;
  /** Header entries as text; writers put ids and JSON there. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly writerSchema: WriterType;
  readonly body: Uint8Array;
  readonly sync: Uint8Array;
  readonly codec: 'null' | 'deflate';
}

/**
 * Reads the header of an Avro file that is in memory.
 *
 * @throws {InvalidAvroError} not an Avro file, or a broken header
 * @throws {UnsupportedFeatureError} compressed with a codec other than `null` and `deflate`
 * @see Apache Avro specification, "Object Container Files"
 */
export function openAvroFile(bytes: Uint8Array, path: string): AvroFile {
  return namingFile(path, () => {
    if (Buffer.compare(bytes.subarray(0, AVRO_MAGIC.length), AVRO_MAGIC) !== 0) {
      throw new RangeError('it does not start with the magic bytes of Avro');
    }
    const cursor = new AvroCursor(bytes);
    cursor.skip(AVRO_MAGIC.length);
    const metadata = readMetadata(cursor);
    const sync = cursor.readFixed(SYNC_BYTES);
    return {
      path,
      metadata,
      writerSchema: parseWriterSchema(JSON.parse(metadata.get('avro.schema') ?? '')),
      body: bytes.subarray(cursor.position),
      sync,
      codec: codecOf(metadata, path),
    };
  });
}

/**
 * Decodes the file block by block; each yielded list is one block's records.
 *
 * @throws {InvalidAvroError} on the block that is broken; blocks before it have been yielded
 */
export function* readBlocks<T>(file: AvroFile, decode: (cursor: AvroCursor) => T): Generator<T[], void> {
  const cursor = new AvroCursor(file.body);
  while (!cursor.atEnd) yield namingFile(file.path, () => readBlock(file, cursor, decode));
}

/** Runs `read`; what it finds wrong with the bytes becomes an {@link InvalidAvroError} that names the file. */
export function namingFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof IcebergError && error.message.includes(path)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new InvalidAvroError(
      `Avro file ${path} cannot be read: ${reason}. Nothing of this file was used. ` +
        'Check that it is complete and was written by an Iceberg writer; its table can be read at an older snapshot.',
      { cause: error },
    );
  }
}

function readBlock<T>(file: AvroFile, cursor: AvroCursor, decode: (cursor: AvroCursor) => T): T[] {
  const count = cursor.readNumber();
  const stored = cursor.readFixed(cursor.readNumber());
  if (Buffer.compare(cursor.readFixed(SYNC_BYTES), file.sync) !== 0) {
    throw new RangeError('a block does not end with the sync marker');
  }
  if (count < 0) throw new RangeError('a block has a negative number of records');
  const block = new AvroCursor(
    file.codec === 'deflate' ? inflateRawSync(stored, { chunkSize: INFLATED_BYTES }) : stored,
  );
  const records: T[] = [];
  for (let i = 0; i < count; i++) records.push(decode(block));
  if (!block.atEnd) throw new RangeError('a block is longer than its records');
  return records;
}

function readMetadata(cursor: AvroCursor): Map<string, string> {
  const metadata = new Map<string, string>();
  for (let count = cursor.readBlockCount(); count > 0; count = cursor.readBlockCount()) {
    for (let i = 0; i < count; i++) metadata.set(cursor.readString(), cursor.readString());
  }
  return metadata;
}

function codecOf(metadata: ReadonlyMap<string, string>, path: string): 'null' | 'deflate' {
  const codec = metadata.get('avro.codec') ?? 'null';
  if (codec === 'null' || codec === 'deflate') return codec;
  throw new UnsupportedFeatureError(
    `Avro file ${path} is compressed with "${codec}". It was not read. ` +
      'Set write.manifest.compression-codec to gzip (Avro deflate) on the table and rewrite its manifests.',
  );
}
