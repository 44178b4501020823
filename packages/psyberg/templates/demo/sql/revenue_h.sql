-- What came in and what went back, by hour and category.
WITH movements AS (
  SELECT ordered_at AS moved_at, category, amount FROM order_f
  UNION ALL
  SELECT refunded_at, category, -amount FROM refunds
)
SELECT
  date_trunc('hour', moved_at) AS hour,
  category,
  count(*) AS movements,
  CAST(sum(amount) AS DECIMAL(14, 2)) AS revenue
FROM movements
GROUP BY ALL
