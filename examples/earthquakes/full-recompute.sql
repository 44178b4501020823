-- What every table must hold, at one go from all reports and without anything of Psyberg. Expects the reports as quakes.

create or replace view quake_f as
select
  quake_id, network, event_ts, updated_ts, magnitude, place,
  trim(list_last(string_split(place, ','))) as region,
  not (kind <> 'earthquake') as is_natural,
  status in ('reviewed') as is_reviewed
from quakes;

create or replace view network_hour_d as
with ranked as (
  select
    *,
    time_bucket(interval 1 hour, event_ts) as event_hour,
    row_number() over (
      partition by network, time_bucket(interval 1 hour, event_ts)
      order by magnitude desc, event_ts desc, quake_id desc
    ) as rank
  from quake_f where is_natural
)
select
  event_hour, network, sum(1)::bigint as quakes, sum(is_reviewed::int)::bigint as reviewed,
  any_value(magnitude) filter (where rank = 1) as strongest,
  any_value(place) filter (where rank = 1) as strongest_place,
  max(event_ts) as last_event_ts
from ranked group by event_hour, network;

create or replace view network_total_d as
with days as (
  select unnest(generate_series(min(event_ts)::date::timestamptz, max(event_ts)::date::timestamptz, interval 1 day)) as event_day from quakes
)
select
  event_day, network, count(*) as quakes, max(magnitude) as strongest, max(event_ts) as last_event_ts
from days join quake_f on event_ts < event_day + interval 1 day
where is_natural
group by event_day, network;
