-- How every account stands at the end of the hour: where it stood an hour ago, moved on by what happened since.
with steps as (
  select account_id, last_event_ts as happened_ts, '' as event_id, 'carried over' as step, null as from_plan_id, plan_id, state
  from previous
  union all
  select account_id, event_ts, signup_id, 'signup', null, plan_id, 'Active'
  from signup_f
  union all
  select account_id, event_ts, change_id, 'plan change', from_plan_id, to_plan_id, null
  from account_plan_f
  union all
  select account_id, processing_ts, cancel_id, 'cancel', null, null, 'Canceled'
  from cancel_f
),
-- The plan held before a change is what we know of the account; what billing says counts only where we know nothing.
moves as (
  select
    *,
    coalesce(plan_id, lag(plan_id ignore nulls) over story) as held_plan_id,
    coalesce(lag(plan_id ignore nulls) over story, from_plan_id) as plan_before_id
  from steps
  window story as (partition by account_id order by happened_ts, event_id)
)
select
  :interval_start as state_hour,
  m.account_id,
  case
    when m.step <> 'plan change' then m.state
    when held.plan_rank > before.plan_rank then 'Upgraded'
    when held.plan_rank < before.plan_rank then 'Downgraded'
    else 'Active'
  end as state,
  m.held_plan_id as plan_id,
  case when m.state = 'Canceled' then 0.00 else held.monthly_price end::decimal(6, 2) as monthly_revenue,
  m.happened_ts as last_event_ts
from moves m
left join plans held on held.plan_id = m.held_plan_id
left join plans before on before.plan_id = m.plan_before_id
qualify row_number() over (partition by m.account_id order by m.happened_ts desc, m.event_id desc) = 1
