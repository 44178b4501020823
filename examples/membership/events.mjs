/**
 * Eight hours in the life of a membership, the same on every machine: nothing here depends on a clock or on chance.
 *
 * The events are what the raw tables receive, each with the hour in which it happened and the arrival that brings it. What
 * happened does not know when it will arrive: an account signs up at 02:17 and its phone is offline until the next morning.
 */

/** The day of the example; hours are counted from its start, in UTC. */
export const DAY = '2023-09-14';
const DAY_MS = Date.parse(`${DAY}T00:00:00Z`);
const HOUR_MS = 3_600_000;
export const HOURS = 8;

/** Columns of the raw tables, in order, with the types of the Iceberg tables; `hour` is the column that partitions them. */
export const TABLES = {
  'raw.signups': {
    columns: {
      signup_id: 'string',
      account_id: 'long',
      plan_id: 'string',
      country: 'string',
      channel: 'string',
      trial_days: 'int',
      event_ts: 'timestamptz',
    },
    hour: 'event_ts',
  },
  'raw.plan_changes': {
    columns: {
      change_id: 'string',
      account_id: 'long',
      from_plan_id: 'string',
      to_plan_id: 'string',
      initiated_by: 'string',
      event_ts: 'timestamptz',
    },
    hour: 'event_ts',
  },
  'raw.cancels': {
    columns: { cancel_id: 'string', account_id: 'long', billing_status: 'string', processing_ts: 'timestamptz' },
    hour: 'processing_ts',
  },
  'raw.cancel_requests': {
    columns: {
      request_id: 'string',
      account_id: 'long',
      reason: 'string',
      withdrawn: 'boolean',
      processing_ts: 'timestamptz',
    },
    hour: 'processing_ts',
  },
  'ref.plans': {
    columns: { plan_id: 'string', plan_name: 'string', plan_rank: 'int', monthly_price: 'decimal(6,2)' },
  },
};

export const PLANS = [
  { plan_id: 'ads', plan_name: 'Standard with adverts', plan_rank: 1, monthly_price: '6.99' },
  { plan_id: 'basic', plan_name: 'Basic', plan_rank: 2, monthly_price: '9.99' },
  { plan_id: 'standard', plan_name: 'Standard', plan_rank: 3, monthly_price: '15.49' },
  { plan_id: 'premium', plan_name: 'Premium', plan_rank: 4, monthly_price: '19.99' },
];

/**
 * What arrives, in order. `loaded` is there when the story begins; `late` comes while nobody runs anything; `missing` is the hour
 * that the other tables waited for. Each item becomes one commit of its table: the punctual events of `hour`, and the tardy ones
 * of `lateHour`.
 */
export const ARRIVALS = [
  ...[0, 1, 2, 3, 4, 5].flatMap((hour) => [
    { phase: 'loaded', table: 'raw.signups', hour },
    { phase: 'loaded', table: 'raw.plan_changes', hour },
    { phase: 'loaded', table: 'raw.cancels', hour },
    { phase: 'loaded', table: 'raw.cancel_requests', hour },
  ]),
  { phase: 'late', table: 'raw.signups', hour: 6, lateHour: 2 },
  { phase: 'late', table: 'raw.plan_changes', hour: 6, lateHour: 3 },
  { phase: 'late', table: 'raw.cancels', hour: 6, lateHour: 5 },
  { phase: 'late', table: 'raw.cancel_requests', hour: 6, lateHour: 5 },
  { phase: 'late', table: 'raw.cancels', hour: 7 },
  { phase: 'late', table: 'raw.cancel_requests', hour: 7 },
  { phase: 'missing', table: 'raw.signups', hour: 7 },
  { phase: 'missing', table: 'raw.plan_changes', hour: 7 },
];

/** The rows that one arrival brings, in the order of time; their keys are those of `TABLES`. */
export function rowsOf({ table, hour, lateHour }) {
  return EVENTS[table]
    .filter((event) => (event.tardy ? event.hour === lateHour : event.hour === hour))
    .map((event) => event.row);
}

/** Everything that ever happened by `table`, whenever it arrives. */
const EVENTS = tellStory();

function tellStory() {
  const random = randomNumbers(20230914);
  const story = { 'raw.signups': [], 'raw.plan_changes': [], 'raw.cancels': [], 'raw.cancel_requests': [] };
  /** Members and the plan that each holds, as the services know them. */
  const members = new Map();
  for (let hour = 0; hour < HOURS; hour += 1) {
    const known = [...members.keys()];
    signUp(story, members, random, hour);
    changePlans(story, members, random, hour, known);
    leave(story, members, random, hour, known);
  }
  for (const events of Object.values(story)) events.sort((a, b) => a.hour - b.hour || a.at - b.at);
  return story;
}

function signUp(story, members, random, hour) {
  const count = 36 + random.below(10);
  for (let n = 0; n < count; n += 1) {
    const account = 10_001 + members.size;
    const plan = random.pick(PLANS).plan_id;
    const channel = random.pick(['web', 'web', 'ios', 'android', 'tv', 'partner:telco', 'partner:cable']);
    members.set(account, { plan, gone: false });
    tell(story, 'raw.signups', hour, momentIn(random, 0, hour === 0 ? 950 : 3_600), hour === 2 && n < 3, (ts) => ({
      signup_id: `S${account}`,
      account_id: account,
      plan_id: plan,
      country: random.pick(['us', 'US', 'de', 'br', 'in ', 'jp']),
      channel,
      trial_days: channel === 'web' ? 7 * random.below(2) : 0,
      event_ts: ts,
    }));
  }
}

function changePlans(story, members, random, hour, known) {
  const count = Math.min(10 + random.below(6), known.length);
  for (let n = 0; n < count; n += 1) {
    const account = random.pick(known);
    const member = members.get(account);
    if (member.gone) continue;
    const from = member.plan;
    // One in seven is the billing system repeating itself.
    const to = random.below(7) === 0 ? from : random.pick(PLANS.filter((plan) => plan.plan_id !== from)).plan_id;
    member.plan = to;
    const at = momentIn(random, 1_000 + 50 * n, 1_050 + 50 * n);
    const tardy = hour === 3 && from !== to && story['raw.plan_changes'].filter((event) => event.tardy).length < 2;
    tell(story, 'raw.plan_changes', hour, at, tardy, (ts) => ({
      change_id: `P${hour}${String(n).padStart(3, '0')}`,
      account_id: account,
      from_plan_id: from,
      to_plan_id: to,
      initiated_by: random.pick(['member', 'Member', 'support', 'promotion']),
      event_ts: ts,
    }));
  }
  // In the first hour there is nobody yet to change plans but those who just came.
  if (known.length === 0) changePlans(story, members, random, hour, [...members.keys()].slice(0, 12));
}

function leave(story, members, random, hour, known) {
  const candidates = known.length === 0 ? [...members.keys()].slice(12, 30) : known;
  for (let n = 0; n < 9; n += 1) {
    const account = random.pick(candidates);
    const member = members.get(account);
    if (member.gone) continue;
    const at = momentIn(random, 1_800, 3_600);
    const fate = n < 2 ? 'asks' : random.pick(['asks', 'asks', 'asks twice', 'stays', 'does not pay', 'disputes']);
    const tardy = hour === 5 && n < 2;
    const request = (nth, before, withdrawn) =>
      tell(story, 'raw.cancel_requests', hour, at - before * 1_000_000, tardy && nth === 1, (ts) => ({
        request_id: `R${hour}${String(n).padStart(3, '0')}${nth}`,
        account_id: account,
        reason: random.pick(['too expensive', 'nothing to watch', 'moving abroad', 'uses another service']),
        withdrawn,
        processing_ts: ts,
      }));
    if (fate === 'asks' || fate === 'asks twice') request(1, 900 + random.below(800), false);
    if (fate === 'asks twice') request(2, 60 + random.below(600), false);
    if (fate === 'stays') {
      request(1, 300, true);
      continue;
    }
    member.gone = true;
    const status = { 'does not pay': 'past_due', disputes: 'charged_back' }[fate] ?? 'ok';
    tell(story, 'raw.cancels', hour, at, tardy, (ts) => ({
      cancel_id: `C${hour}${String(n).padStart(3, '0')}`,
      account_id: account,
      billing_status: status,
      processing_ts: ts,
    }));
  }
}

function tell(story, table, hour, at, tardy, rowAt) {
  story[table].push({ hour, at, tardy, row: rowAt(timestampOf(hour, at)) });
}

/** Microseconds into the hour, between two seconds of it. */
function momentIn(random, fromSecond, toSecond) {
  return (fromSecond + random.below(toSecond - fromSecond)) * 1_000_000 + random.below(1_000_000);
}

/** ISO with microseconds, UTC: `2023-09-14T02:17:05.000042Z`. */
function timestampOf(hour, microseconds) {
  const whole = Math.floor(microseconds / 1_000_000);
  const fraction = String(microseconds % 1_000_000).padStart(6, '0');
  return `${new Date(DAY_MS + hour * HOUR_MS + whole * 1_000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** A small repeatable generator of numbers (a 32-bit linear congruential one with its high bits folded in). */
function randomNumbers(seed) {
  let state = seed >>> 0;
  const below = (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((((state ^ (state >>> 15)) >>> 0) / 2 ** 32) * limit);
  };
  return { below, pick: (list) => list[below(list.length)] };
}
