import { defineConfig } from 'psyberg';

export default defineConfig({
  // Where tables are named and where they lie. Relative paths are relative to this file.
  catalog: { type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' },
  engine: { type: 'duckdb' },
  processes: {
    // Stateless: an output row depends on its own input row. A late order is appended to its hour.
    order_f: {
      mode: 'stateless',
      sources: [
        { table: 'raw.orders', time: 'ordered_at' },
        // A lookup is read whole; a change in it starts nothing by itself.
        { table: 'ref.products', role: 'lookup' },
      ],
      target: { table: 'dw.order_f', time: 'ordered_at', partition: ['day(ordered_at)'] },
      transform: { file: 'sql/order_f.sql' },
      // Nothing reaches readers before its audits have passed.
      audits: [
        { audit: 'no_missing_events', source: 'raw.orders', columns: ['order_id'] },
        { audit: 'unique', columns: ['order_id'] },
      ],
    },
    // Stateful: an hour's revenue needs all of its orders and refunds. The hours that changed are computed anew.
    revenue_h: {
      mode: 'stateful',
      sources: [
        { table: 'dw.order_f', time: 'ordered_at' },
        { table: 'raw.refunds', time: 'refunded_at' },
      ],
      target: { table: 'dw.revenue_h', time: 'hour', interval: 'hour', partition: ['day(hour)'] },
      transform: { file: 'sql/revenue_h.sql' },
      audits: [
        { audit: 'unique', columns: ['hour', 'category'] },
        { audit: 'not_null', columns: ['category', 'revenue'] },
      ],
    },
    // Sequential: an hour's total follows from the hour before. A late hour 2 is carried on through the last hour.
    revenue_total_h: {
      mode: 'sequential',
      sources: [{ table: 'dw.revenue_h', time: 'hour' }],
      target: { table: 'dw.revenue_total_h', time: 'hour', interval: 'hour', partition: ['day(hour)'] },
      transform: { file: 'sql/revenue_total_h.sql' },
    },
  },
});
