export { configJsonSchema } from './config-json-schema.ts';
export type {
  AuditConfig,
  CatalogConfig,
  EngineConfig,
  ProcessConfig,
  PsybergConfig,
  SourceConfig,
  SqlCatalogConfig,
  TargetConfig,
  TimeConfig,
  TransformConfig,
} from './config-shape.ts';
export { defineConfig } from './define-config.ts';
export { type ConfigValueRow, describeConfig } from './describe-config.ts';
export { CONFIG_FILE_NAMES, findConfig } from './find-config.ts';
export { type LoadConfigOptions, loadConfig } from './load-config.ts';
export type { ConfigOrigins, LoadedCatalog, LoadedConfig, LoadedEngine } from './loaded-config.ts';
export type { ConfigModules } from './read-module-config.ts';
export { DEFAULT_MAX_INTERVALS } from './root-defaults.ts';
