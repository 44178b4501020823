-- Changes of plan. The billing system also reports "changes" to the plan that an account is on already; those are none.
select
  change_id,
  account_id,
  from_plan_id,
  to_plan_id,
  lower(initiated_by) as initiated_by,
  event_ts
from plan_changes
where from_plan_id <> to_plan_id
