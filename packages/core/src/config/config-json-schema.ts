/** The JSON Schema of `psyberg.yaml` and `psyberg.json`, for editors. Loads the schema library. */
export async function configJsonSchema(): Promise<Readonly<Record<string, unknown>>> {
  const { toJsonSchema } = await import('./schema.ts');
  return toJsonSchema();
}
