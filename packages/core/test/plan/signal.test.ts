import { expect, it } from 'vitest';
import { outputSignal, upperBound } from '../../src/plan/bounds.ts';
import { hour, hourOf, planInput, type RecordFacts, type SourceFacts, setOf } from './plan-fixture.ts';

type Case = readonly [
  title: string,
  sources: readonly SourceFacts[],
  given: { readonly upper?: number; readonly pending?: readonly [number, number]; readonly record?: RecordFacts },
  expected: readonly [until: number, basis: 'declared' | 'seen'] | undefined,
];

it.each<Case>([
  ['the least of the sources', [{ complete: 5 }, { complete: 7 }], { upper: 9 }, [5, 'seen']],
  ['with the weakest basis', [{ complete: 5, basis: 'declared' }, { complete: 7 }], { upper: 9 }, [5, 'seen']],
  ['declared where all are', [{ complete: 5, basis: 'declared' }], { upper: 9 }, [5, 'declared']],
  ['less what is read after', [{ complete: 5, after: 2 }], { upper: 9 }, [3, 'seen']],
  ['not beyond U', [{ complete: 9 }], { upper: 6 }, [6, 'seen']],
  ['not beyond what is pending', [{ complete: 9 }], { upper: 9, pending: [4, 6] }, [4, 'seen']],
  [
    'pulled back by what is pending now',
    [{ complete: 9 }],
    { upper: 9, pending: [4, 6], record: { signal: 8 } },
    [4, 'seen'],
  ],
  [
    'taken back where a source promises less than it did',
    [{ complete: 5 }],
    { upper: 9, record: { signal: 8, basis: 'declared' } },
    [5, 'seen'],
  ],
  ['nothing known: as before', [{}, { complete: 5 }], { upper: 9, record: { signal: 3 } }, [3, 'seen']],
  ['nothing known and none before', [{}], { upper: 9 }, undefined],
  ['nothing computed yet', [{ complete: 5 }], {}, undefined],
])('%s', (_title, sources, { upper, pending, record }, expected) => {
  const input = planInput({ sources, ...(record && { record }) });
  const signal = outputSignal(
    input.process,
    input.observations,
    upper === undefined ? undefined : hour(upper),
    pending === undefined ? [] : setOf(pending),
    input.record?.signal,
  );
  expect(signal && [hourOf(signal.until), signal.basis]).toEqual(expected);
});

it.each<
  readonly [
    title: string,
    sources: readonly SourceFacts[],
    openInterval: 'load' | 'wait' | undefined,
    number | undefined,
  ]
>([
  ['none without sources that say something', [{ complete: 5 }, {}], undefined, undefined],
  [
    'each is rounded for itself: seen up, declared down',
    [{ complete: 5.5 }, { complete: 6.9, basis: 'declared' }],
    undefined,
    6,
  ],
  ['all up when told to load', [{ complete: 5.5, basis: 'declared' }], 'load', 6],
  ['all down when told to wait', [{ complete: 5.5 }], 'wait', 5],
  ['rounded after the reach is taken off', [{ complete: 5.5, after: 1 }], undefined, 5],
])('bound: %s', (_title, sources, openInterval, expected) => {
  const { process, observations } = planInput({ sources, target: openInterval === undefined ? {} : { openInterval } });
  expect(hourOf(upperBound(process, observations))).toBe(expected);
});
