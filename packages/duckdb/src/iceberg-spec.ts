export { truncateLowerBound, truncateUpperBound } from '../../iceberg/src/spec/bound-truncation.ts';
export { bucketHash } from '../../iceberg/src/spec/bucket-hash.ts';
export { formatType } from '../../iceberg/src/spec/parse-type.ts';
export { partitionPath } from '../../iceberg/src/spec/partition-path.ts';
export { decodeSingleValue, encodeSingleValue } from '../../iceberg/src/spec/single-values.ts';
export { formatTransform } from '../../iceberg/src/spec/transform-text.ts';
export { resultType } from '../../iceberg/src/spec/transforms.ts';
