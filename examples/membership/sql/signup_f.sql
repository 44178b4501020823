-- One row per signup, as it came, with the marketing channel in the words that reports use.
select
  signup_id,
  account_id,
  plan_id,
  upper(trim(country)) as country,
  case
    when channel in ('web', 'ios', 'android') then 'direct'
    when channel like 'partner:%' then 'partner'
    else 'other'
  end as channel_group,
  nullif(split_part(channel, ':', 2), '') as partner,
  trial_days > 0 as is_trial,
  event_ts
from signups
