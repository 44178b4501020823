import type { Instant } from '../time/instant.ts';

export interface VerifyOptions {
  readonly processes?: readonly string[];
  readonly from?: Instant;
  readonly to?: Instant;
}
