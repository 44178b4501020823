-- What each network has seen since the beginning, as of the end of each hour.
select
  :interval_start as event_hour,
  coalesce(p.network, h.network) as network,
  coalesce(p.quakes, 0) + coalesce(h.quakes, 0) as quakes,
  greatest(p.strongest, h.strongest) as strongest,
  coalesce(h.last_event_ts, p.last_event_ts) as last_event_ts
from previous p
full join network_hour_d h on h.network = p.network
