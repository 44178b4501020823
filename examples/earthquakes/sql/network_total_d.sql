-- What each network has seen since the beginning, as of the end of each day.
with today as (
  select network, sum(quakes)::bigint as quakes, max(strongest) as strongest, max(last_event_ts) as last_event_ts
  from network_hour_d
  group by network
)
select
  :interval_start as event_day,
  coalesce(p.network, t.network) as network,
  coalesce(p.quakes, 0) + coalesce(t.quakes, 0) as quakes,
  greatest(p.strongest, t.strongest) as strongest,
  coalesce(t.last_event_ts, p.last_event_ts) as last_event_ts
from previous p
full join today t on t.network = p.network
