-- Voluntary or involuntary churn. A cancel is voluntary if the member asked for it; requests and the cancels that they lead to are
-- handled in the same hour. A member may ask twice, the last word counts, and a request that was withdrawn is none.
with asked as (
  select request_id, account_id, reason, processing_ts, date_trunc('hour', processing_ts) as handled_hour
  from cancel_requests
  where not withdrawn
  qualify row_number() over (
    partition by account_id, date_trunc('hour', processing_ts)
    order by processing_ts desc, request_id desc
  ) = 1
)
select
  c.cancel_id,
  c.account_id,
  case when a.request_id is null then 'involuntary' else 'voluntary' end as churn_type,
  case
    when a.request_id is not null then a.reason
    when c.billing_status = 'past_due' then 'payment failed'
    when c.billing_status = 'charged_back' then 'payment disputed'
    else 'account closed by support'
  end as churn_reason,
  a.request_id,
  date_diff('second', a.processing_ts, c.processing_ts) as seconds_from_request,
  c.processing_ts
from cancels c
left join asked a
  on a.account_id = c.account_id
  and a.handled_hour = date_trunc('hour', c.processing_ts)
