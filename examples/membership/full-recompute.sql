-- What every table must hold, computed at one go from all raw rows and without anything of Psyberg. It is written differently
-- from the SQL of the processes on purpose: one look at the whole history here, hour by hour there.
-- Expects the raw tables as signups, plan_changes, cancels, cancel_requests, plans; and the variables loaded_until (cancels are
-- loaded up to there) and states_until (account states are).

create or replace view signup_f as
select
  signup_id, account_id, plan_id, upper(trim(country)) as country,
  coalesce(map { 'web': 'direct', 'ios': 'direct', 'android': 'direct', 'partner': 'partner' }[regexp_extract(channel, '^[a-z]+')], 'other') as channel_group,
  case when contains(channel, ':') then regexp_extract(channel, ':(.*)$', 1) end as partner,
  trial_days <> 0 as is_trial, event_ts
from signups;

create or replace view account_plan_f as
select change_id, account_id, from_plan_id, to_plan_id, lower(initiated_by) as initiated_by, event_ts
from plan_changes
except all
select change_id, account_id, from_plan_id, to_plan_id, lower(initiated_by), event_ts from plan_changes where from_plan_id = to_plan_id;

create or replace view cancel_f as
select
  cancel_id, account_id,
  if(request is null, 'involuntary', 'voluntary') as churn_type,
  coalesce(
    request.reason,
    map { 'past_due': 'payment failed', 'charged_back': 'payment disputed' }[billing_status],
    'account closed by support'
  ) as churn_reason,
  request.request_id as request_id,
  date_diff('second', request.processing_ts, processing_ts) as seconds_from_request,
  processing_ts
from cancels, lateral (
  select max({ processing_ts: asked.processing_ts, request_id: asked.request_id, reason: asked.reason }) as request
  from cancel_requests as asked
  where asked.account_id = cancels.account_id and asked.withdrawn = false
    and hour(asked.processing_ts) = hour(cancels.processing_ts) and asked.processing_ts::date = cancels.processing_ts::date
)
where processing_ts < getvariable('loaded_until');

create or replace view account_state_d as
with story as (
  select account_id, event_ts as happened_ts, signup_id as id, plan_id, null as claimed_before, 'signup' as what from signup_f
  union all by name
  select account_id, event_ts as happened_ts, change_id as id, to_plan_id as plan_id, from_plan_id as claimed_before, 'change' as what from account_plan_f
  union all by name
  select account_id, processing_ts as happened_ts, cancel_id as id, null as plan_id, null as claimed_before, 'cancel' as what from cancel_f
),
-- One number says both how an account stands and since when: the last event before the hour ends.
told as (
  select
    *,
    last_value(plan_id ignore nulls) over (partition by account_id order by happened_ts, id rows between unbounded preceding and current row) as plan_now,
    coalesce(
      last_value(plan_id ignore nulls) over (partition by account_id order by happened_ts, id rows between unbounded preceding and 1 preceding),
      claimed_before
    ) as plan_then
  from story
),
hours as (
  select unnest(generate_series(
    (select time_bucket(interval 1 hour, min(happened_ts)) from story), getvariable('states_until') - interval 1 hour, interval 1 hour
  )) as state_hour
),
standing as (
  select state_hour, account_id, max_by(told, (happened_ts, id)) as last
  from hours join told on happened_ts < state_hour + interval 1 hour
  group by all
)
select
  state_hour, account_id,
  case last.what
    when 'signup' then 'Active'
    when 'cancel' then 'Canceled'
    else coalesce(['Downgraded', 'Active', 'Upgraded'][sign(now.plan_rank - before.plan_rank)::int + 2], 'Active')
  end as state,
  last.plan_now as plan_id,
  if(last.what = 'cancel', 0, now.monthly_price)::decimal(6, 2) as monthly_revenue,
  last.happened_ts as last_event_ts
from standing
left join plans now on now.plan_id = last.plan_now
left join plans before on before.plan_id = last.plan_then;
