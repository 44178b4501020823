-- One row for each order, with the product it is about.
SELECT
  o.order_id,
  o.customer_id,
  o.ordered_at,
  p.category,
  o.quantity,
  CAST(o.quantity * o.unit_price AS DECIMAL(12, 2)) AS amount
FROM orders o
LEFT JOIN products p ON p.product_id = o.product_id
