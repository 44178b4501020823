import type { Type } from '../spec/types.ts';

/** Where a field stands among its siblings: the fields of the same struct, named without their parents. */
export type FieldPosition = 'first' | { readonly before: string } | { readonly after: string };

/**
 * One step of schema evolution; none of them touches data files. Steps are taken in order, each on what the one before made.
 *
 * `column` is a dotted path, case and all: `location.lat`, `points.element.x`, `prices.value`. Field ids are given out by the
 * table, and never twice: those inside a given `type` do not matter.
 *
 * @see Iceberg spec, "Schema Evolution"
 */
export type SchemaChange =
  /** Last of its struct unless `position` says otherwise. `required` (default false) only where no row can lack the field. */
  | {
      readonly kind: 'add';
      readonly name: string;
      /** Path of a struct, or of a list or map that holds structs; absent: a column of its own. */
      readonly parent?: string;
      /** As text for types without fields: `long`, `decimal(9, 2)`. */
      readonly type: Type | string;
      readonly required?: boolean;
      readonly doc?: string;
      readonly position?: FieldPosition;
    }
  | { readonly kind: 'drop'; readonly column: string }
  /** `to` is the field's own new name, without its parents. */
  | { readonly kind: 'rename'; readonly column: string; readonly to: string }
  | { readonly kind: 'move'; readonly column: string; readonly position: FieldPosition }
  /** int to long, float to double, decimal to more digits of the same scale. */
  | { readonly kind: 'promote'; readonly column: string; readonly type: Type | string }
  | { readonly kind: 'make-optional'; readonly column: string }
  /** Absent: takes the documentation away. */
  | { readonly kind: 'set-doc'; readonly column: string; readonly doc?: string }
  /** The columns that together identify a row; all of them, in place of those before. */
  | { readonly kind: 'set-identifier-fields'; readonly columns: readonly string[] };

export type ChangeOf<K extends SchemaChange['kind']> = Extract<SchemaChange, { readonly kind: K }>;
