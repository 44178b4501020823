import { parseIdentifier } from '@psyberg/iceberg';
import { expect, it } from 'vitest';
import { inDependencyOrder, upstreamOf } from '../../src/chain/order.ts';
import type { Process } from '../../src/process/process.ts';

/** `b: dw.a raw.x@dev -> dw.b` */
function processOf(text: string): Process {
  const [name, flow] = text.split(': ');
  const [sources, target] = flow!.split(' -> ');
  const place = (table: string) => {
    const [identifier, branch = 'main'] = table.split('@');
    return { table: parseIdentifier(identifier!), branch };
  };
  return { name, sources: sources!.split(' ').map(place), target: place(target!) } as unknown as Process;
}

const orderOf = (texts: readonly string[]): string =>
  inDependencyOrder(texts.map(processOf))
    .map((p) => p.name)
    .join(' ');

it.each([
  ['what reads comes after what writes', ['c: dw.b -> dw.c', 'b: dw.a -> dw.b', 'a: raw.x -> dw.a'], 'a b c'],
  ['else the order given', ['z: raw.x -> dw.z', 'a: raw.x -> dw.a'], 'z a'],
  [
    'a diamond is walked once',
    ['d: dw.b dw.c -> dw.d', 'b: dw.a -> dw.b', 'c: dw.a -> dw.c', 'a: raw.x -> dw.a'],
    'a b c d',
  ],
  ['all writers of a shared table come first', ['r: dw.t -> dw.r', 'v: raw.x -> dw.t', 'w: raw.y -> dw.t'], 'v w r'],
  ['another branch of a table is another table', ['r: dw.a@dev -> dw.r', 'a: raw.x -> dw.a'], 'r a'],
  ['a process may read its own target', ['a: raw.x dw.a -> dw.a'], 'a'],
])('%s', (_title, processes, expected) => {
  expect(orderOf(processes)).toBe(expected);
});

it('names a circle from where it closes', () => {
  expect(() => orderOf(['x: raw.x -> dw.x', 'a: dw.x dw.c -> dw.a', 'b: dw.a -> dw.b', 'c: dw.b -> dw.c'])).toThrow(
    'The processes form a circle: a -> c -> b -> a.',
  );
});

it('knows who is upstream', () => {
  const all = ['a: raw.x -> dw.a', 'b: dw.a -> dw.b', 'c: dw.a dw.b -> dw.c'].map(processOf);
  expect(upstreamOf(all[2]!, all).map((p) => p.name)).toEqual(['a', 'b']);
});
