import { nearestName } from '../engine/suggest.ts';

/** `; did you mean "table"?`, or nothing where no candidate is near; for the end of a message. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearestName(word, candidates);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}
