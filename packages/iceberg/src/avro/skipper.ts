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
      return skipBlocks(compileSkipper(type.items));
    case 'map':
      return skipBlocks(skipAll([(cursor) => cursor.skipBytes(), compileSkipper(type.values)]));
    case 'union':
      return skipUnion(type.branches.map(compileSkipper));
  }
}

function skipAll(skippers: readonly Skipper[]): Skipper {
  return (cursor) => {
    for (let i = 0; i < skippers.length; i++) skippers[i]!(cursor);
  };
}

function skipUnion(branches: readonly Skipper[]): Skipper {
  return (cursor) => {
    const skip = branches[cursor.readNumber()];
    if (skip === undefined) throw new RangeError('a union has no such branch');
    skip(cursor);
  };
}

/** A block with a negative count says how many bytes it has, and is left in one step. */
function skipBlocks(skipItem: Skipper): Skipper {
  return (cursor) => {
    for (;;) {
      const count = cursor.readNumber();
      if (count === 0) return;
      if (count < 0) cursor.skip(cursor.readNumber());
      else for (let i = 0; i < count; i++) skipItem(cursor);
    }
  };
}
