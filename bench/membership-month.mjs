/** A month of the membership example: what happens in each hour, and in which hour it arrives. The same seed gives the same month. */
import { PLANS } from '../examples/membership/events.mjs';
import { randomOf } from '../test/support/random.mjs';

const DAY_MS = Date.parse('2023-09-01T00:00:00Z');
const HOUR_MS = 3_600_000;
const CHANNELS = ['web', 'ios', 'tv', 'partner:telco'];
/** Well within the chain's catch-up threshold, so that everything is to be loaded in the end. */
const LATEST_HOURS = 30;

export const instantOf = (hour) => new Date(DAY_MS + hour * HOUR_MS).toISOString();

/** @returns events `{ table, hour, arrives, row }` of `hours` hours; all have arrived by the end */
export function tellMonth(random, hours) {
  const events = [];
  const members = [];
  const tell = (table, hour, row) => {
    const late = random.chance(0.06) ? random.between(1, LATEST_HOURS) : 0;
    events.push({ table, hour, arrives: Math.min(hour + late, hours - 1), row });
  };
  for (let hour = 0; hour < hours; hour += 1) {
    for (let n = 0; n < 3; n += 1) members.push(signUp(random, tell, hour, members.length));
    for (let n = 0; n < 2; n += 1) changePlan(random, tell, hour, n, random.pick(members));
    leave(random, tell, hour, random.pick(members));
  }
  return events;
}

function signUp(random, tell, hour, nth) {
  const plan = random.pick(PLANS).plan_id;
  tell('raw.signups', hour, {
    signup_id: `S${nth}`,
    account_id: 10_000 + nth,
    plan_id: plan,
    country: random.pick(['us', 'de ', 'BR']),
    channel: random.pick(CHANNELS),
    trial_days: 7 * random.between(0, 1),
    event_ts: momentIn(random, hour, 0, 900),
  });
  return { account: 10_000 + nth, plan };
}

function changePlan(random, tell, hour, nth, member) {
  const from = member.plan;
  member.plan = random.pick(PLANS).plan_id;
  tell('raw.plan_changes', hour, {
    change_id: `P${hour}-${nth}`,
    account_id: member.account,
    from_plan_id: from,
    to_plan_id: member.plan,
    initiated_by: random.pick(['member', 'Support', 'promotion']),
    event_ts: momentIn(random, hour, 1_000, 1_700),
  });
}

function leave(random, tell, hour, member) {
  if (random.chance(0.7)) {
    tell('raw.cancel_requests', hour, {
      request_id: `R${hour}`,
      account_id: member.account,
      reason: random.pick(['too expensive', 'moving abroad']),
      withdrawn: random.chance(0.1),
      processing_ts: momentIn(random, hour, 1_800, 2_400),
    });
  }
  tell('raw.cancels', hour, {
    cancel_id: `C${hour}`,
    account_id: member.account,
    billing_status: random.pick(['ok', 'past_due', 'charged_back']),
    processing_ts: momentIn(random, hour, 2_500, 3_599),
  });
}

const momentIn = (random, hour, fromS, toS) =>
  new Date(DAY_MS + hour * HOUR_MS + random.between(fromS, toS) * 1_000 + random.between(0, 999)).toISOString();

/** Ways to draw from numbers in [0, 1). */
export function chanceOf(seed) {
  const next = randomOf(seed);
  const between = (from, to) => from + Math.floor(next() * (to - from + 1));
  return { between, chance: (share) => next() < share, pick: (list) => list[between(0, list.length - 1)] };
}
