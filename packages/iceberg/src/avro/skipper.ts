import type { AvroCursor } from './avro-cursor.ts';
import type { WriterType } from './writer-schema.ts';

export type Skipper = (cursor: AvroCursor) => void;

/** Compiles a reader that only moves past a value. */
export function compileSkipper(type: WriterType): Skipper {
  switch (type.kind) {
    case 'null':
      return () => {};
    case 'boolean':
      return (cursor) => cursor.skip(1);
    case 'int':
    case 'long':
    case 'enum':
      return (cursor) => cursor.skipVarint();
    case 'float':
      return (cursor) => cursor.skip(4);
    case 'double':
      return (cursor) => cursor.skip(8);
    case 'bytes':
    case 'string':
      return (cursor) => cursor.skipBytes();
    case 'fixed':
      return (cursor) => cursor.skip(type.size);
    case 'record':
      return skipAll(type.fields.map((field) => compileSkipper(field.type)));
    case 'array':
      return skipBlocks(skipItems(type.items));
    case 'map':
      return skipBlocks(skipEach(skipAll([(cursor) => cursor.skipBytes(), compileSkipper(type.values)])));
    case 'union':
      return skipUnion(type.branches);
  }
}

function skipAll(skippers: readonly Skipper[]): Skipper {
  return (cursor) => {
    for (let i = 0; i < skippers.length; i++) skippers[i]!(cursor);
  };
}

function skipUnion(branches: readonly WriterType[]): Skipper {
  const skippers = branches.map(compileSkipper);
  const nullBranch = branches.findIndex(({ kind }) => kind === 'null');
  return (cursor) => {
    const branch = cursor.readNumber();
    if (branch === nullBranch) return;
    const skip = skippers[branch];
    if (skip === undefined) throw new RangeError('a union has no such branch');
    skip(cursor);
  };
}

type ItemSkipper = (cursor: AvroCursor, count: number) => void;

/** Items of a manifest's counts and bounds, which are most of its bytes, are left without a call for each part. */
function skipItems(type: WriterType): ItemSkipper {
  const parts = (type.kind === 'record' ? type.fields.map((field) => field.type) : [type]).map(({ kind }) => kind);
  if (parts.every(isVarint)) return (cursor, count) => cursor.skipVarints(count * parts.length);
  const [key, value] = parts;
  const isKeyed = parts.length === 2 && key !== undefined && isVarint(key) && (value === 'bytes' || value === 'string');
  return isKeyed ? (cursor, count) => cursor.skipKeyedBytes(count) : skipEach(compileSkipper(type));
}

const isVarint = (kind: WriterType['kind']): boolean => kind === 'int' || kind === 'long' || kind === 'enum';

function skipEach(skip: Skipper): ItemSkipper {
  return (cursor, count) => {
    for (let i = 0; i < count; i++) skip(cursor);
  };
}

/** A block with a negative count says how many bytes it has, and is left in one step. */
function skipBlocks(skipSome: ItemSkipper): Skipper {
  return (cursor) => {
    for (;;) {
      const count = cursor.readNumber();
      if (count === 0) return;
      if (count < 0) cursor.skip(cursor.readNumber());
      else skipSome(cursor, count);
    }
  };
}
