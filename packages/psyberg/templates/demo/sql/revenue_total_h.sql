-- Revenue since the beginning, at the end of each hour: the hour before, and what this one adds.
SELECT
  :interval_start AS hour,
  coalesce(p.category, r.category) AS category,
  CAST(coalesce(p.revenue_total, 0) + coalesce(r.revenue, 0) AS DECIMAL(14, 2)) AS revenue_total
FROM previous p
FULL JOIN revenue_h r ON r.category = p.category
