/**
 * What the walkthrough must come to, hour by hour. `late`, `new` and so on are the states of intervals, `append` and `overwrite`
 * what is done to them; the commands speak of them in the same words (`psyberg plan --json`).
 */
export const PLAN_WITH_LATE_DATA = {
  signup_f: { append: [2, 6], late: [2], new: [6] },
  account_plan_f: { append: [3, 6], late: [3], new: [6] },
  cancel_f: { overwrite: [5, 6, 7], late: [5], new: [6, 7] },
  account_state_d: { overwrite: [2, 3, 4, 5, 6], late: [2, 3, 5], redone: [4], new: [6], waiting: [7] },
};

export const PLAN_WITH_MISSING_HOUR = {
  signup_f: { append: [7], new: [7] },
  account_plan_f: { append: [7], new: [7] },
  cancel_f: {},
  account_state_d: { overwrite: [7], new: [7] },
};

/**
 * Compares the `processes` of a `plan` or `run` document with one of the above.
 *
 * @returns what differs, as sentences; empty when all is as it must be
 */
export function unmetExpectations(expected, processes) {
  return Object.entries(expected).flatMap(([name, hours]) => {
    const found = hoursByWord(processes.find(({ process }) => process === name)?.intervals ?? []);
    const words = new Set([...Object.keys(hours), ...Object.keys(found)].filter((word) => !SILENT.includes(word)));
    return [...words].flatMap((word) => {
      const [want, got] = [hours[word] ?? [], found[word] ?? []].map((list) => list.join(', ') || 'none');
      return want === got ? [] : [`${name}: "${word}" should be hours ${want}, and is ${got}`];
    });
  });
}

/** An hour that is left alone needs no mention. */
const SILENT = ['none', 'unchanged'];

/** Hours by state and by action, ascending. */
export function hoursByWord(intervals) {
  const byWord = {};
  for (const { start, state, action } of intervals) {
    for (const word of [state, action]) {
      byWord[word] ??= [];
      byWord[word].push(new Date(start).getUTCHours());
    }
  }
  return byWord;
}
