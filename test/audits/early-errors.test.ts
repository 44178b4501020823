/** What is wrong with audits is told before anything is written, and by `check` before anything is run. */
import { check } from '@psyberg/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COPY, events, House } from '../exactly-once/house.ts';
import { runCommand } from '../support/run-command.ts';

let house: House;
const configure = (...audits: readonly object[]): Promise<void> => house.configure({ copy: { ...COPY, audits } });

beforeAll(async () => {
  house = await House.build({});
  await house.append(events(2, 1));
});

afterAll(() => house.close());

const WRONG = [
  { audit: 'mean_in_band', column: 'ts', min: 1, name: 'type', severity: 'warning' },
  { audit: 'not_null', columns: ['idd'], name: 'column' },
];
const PROBLEMS = [
  'Audit type: ts of dw.copy is of type timestamptz; mean_in_band needs a number.',
  'Audit column: dw.copy has no column "idd". Did you mean "id"?',
];

it('refuses a run before the target is made, and before rows are written to one that is there', async () => {
  await configure(...WRONG);
  const [first] = await house.run();
  expect(first).toMatchObject({ status: 'failed', error: { code: 'PSY_USAGE' } });
  expect(first!.message).toBe(`${PROBLEMS.join(' ')} Nothing was written.`);
  await expect(house.open('dw.copy')).rejects.toThrow(/dw\.copy/);

  await configure();
  expect((await house.run())[0]!.status).toBe('ok');
  await configure(...WRONG);
  await house.append(events(3, 2));
  expect((await house.run())[0]!.message).toBe(`${PROBLEMS.join(' ')} Nothing was written.`);
  expect((await house.open('dw.copy')).metadata.snapshots).toHaveLength(1);
});

it('tells columns, sources and SQL by check', async () => {
  await configure(...WRONG, { audit: 'null_counts', of: 'event', columns: ['id'] });
  const { problems } = await check(await house.project());
  expect(problems.map(({ message }) => message)).toEqual([
    ...PROBLEMS,
    'Audit null_counts: copy has no changes source "event". Did you mean "events"?',
  ]);
  await configure(
    { audit: 'expression', expression: 'v > nowhere' },
    { audit: 'z_score', measure: 'v' },
    { audit: 'accepted_values', column: 'id', values: ['x'] },
    { audit: 'accepted_range', column: 'v', min: 0, where: 'id > 0 -- only these' },
  );
  const sql = (await check(await house.project())).problems.map(({ message }) => message);
  expect(sql).toEqual([
    expect.stringMatching(/^Audit expression: .*nowhere/s),
    expect.stringMatching(/^Audit z_score: /),
    'Audit accepted_values: "x" cannot be a value of id, which is of type long.',
  ]);
});

it('tells parameters by file and place, with what was probably meant', async () => {
  await configure({ audit: 'accepted_rang', column: 'v', min: 0 }, { audit: 'string_length', column: 'v', maxx: 3 });
  const { exitCode, stderr } = await runCommand(house.folder, 'check');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/psyberg\.json:\d+:\d+ .*"accepted_rang" is no audit\. Did you mean "accepted_range"\?/);
  expect(stderr).toMatch(/psyberg\.json:\d+:\d+ .*`maxx` is not a parameter of this audit\. Did you mean `max`\?/);
  expect(stderr).toMatch(/audit string_length needs `min` and `max`, or one of them/);
});
