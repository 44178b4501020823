-- How each network's hour looked: how many events, the strongest and where, and the last.
select
  date_trunc('hour', event_ts) as event_hour,
  network,
  count(*) as quakes,
  count(*) filter (where is_reviewed) as reviewed,
  max(magnitude) as strongest,
  max_by(place, (magnitude, event_ts, quake_id)) as strongest_place,
  max(event_ts) as last_event_ts
from quake_f
where is_natural
group by all
