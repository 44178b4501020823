-- One row per event. Where it was is the part of the place after "of", in the words of the networks.
select
  quake_id,
  network,
  event_ts,
  updated_ts,
  magnitude,
  place,
  trim(regexp_extract(place, '([^,]*)$', 1)) as region,
  kind = 'earthquake' as is_natural,
  status = 'reviewed' as is_reviewed
from quakes
