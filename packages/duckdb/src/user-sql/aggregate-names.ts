import type { Call } from '../call.ts';

/** Macros of DuckDB that aggregate; its catalog lists them as macros. */
const MACROS = [
  'geomean',
  'geometric_mean',
  'json_group_array',
  'json_group_object',
  'json_group_structure',
  'wavg',
  'weighted_avg',
];

/** The DuckDB whose functions are written out here. */
const WRITTEN_FOR = 'v1.5.5';

/**
 * All that DuckDB's own list calls aggregates, the window functions among them. To have that list made takes longer than a small
 * session does, for each process anew. A test compares the two.
 */
const FUNCTIONS = `
  any_value approx_count_distinct approx_quantile approx_top_k arbitrary arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null
  arg_min_nulls_last argmax argmin array_agg avg bit_and bit_or bit_xor bitstring_agg bool_and bool_or corr count count_if count_star
  countif covar_pop covar_samp cume_dist dense_rank entropy favg fill first first_value fsum group_concat histogram histogram_exact
  kahan_sum kurtosis kurtosis_pop lag last last_value lead list listagg mad max max_by mean median min min_by mode nth_value ntile
  percent_rank product quantile quantile_cont quantile_disc rank rank_dense regr_avgx regr_avgy regr_count regr_intercept regr_r2
  regr_slope regr_sxx regr_sxy regr_syy reservoir_quantile row_number sem skewness stddev stddev_pop stddev_samp string_agg sum
  sum_no_overflow sumkahan var_pop var_samp variance`;

const WRITTEN: ReadonlySet<string> = new Set([...MACROS, ...FUNCTIONS.trim().split(/\s+/)]);

type Asked = Pick<Call, 'rows'>;

/** Names, in lower case, of the functions that aggregate. Any other DuckDB than the one they are written out for is asked, once. */
export class AggregateNames {
  #names: ReadonlySet<string> | undefined;

  async read(call: Asked): Promise<ReadonlySet<string>> {
    const { version } = await import('@duckdb/node-api');
    this.#names ??= version() === WRITTEN_FOR ? WRITTEN : await listedAggregates(call);
    return this.#names;
  }
}

/** As DuckDB itself lists them. */
export async function listedAggregates(call: Asked): Promise<ReadonlySet<string>> {
  const rows = await call.rows(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'",
  );
  return new Set([...MACROS, ...rows.map(([name]) => (name as string).toLowerCase())]);
}
