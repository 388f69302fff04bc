/**
 * `clojars-fetch/mirror`: tools for the operator of a mirror.
 *
 * @packageDocumentation
 */

export type { MirrorAdmission } from './app/mirror-check/admit-mirror.js';
export { admitMirror } from './app/mirror-check/admit-mirror.js';
export { checkMirrors } from './app/mirror-check/check-mirrors.js';
export type { MirrorCheckOptions } from './app/mirror-check/check-options.js';
export type { AdmissionCondition, AdmissionConditionId } from './app/mirror-check/verdict/admission.js';
export type { Latency } from './app/mirror-check/verdict/latency.js';
export type {
  AddressReach,
  AuditedMirror,
  CheckedCertificate,
  CheckedFilter,
  CheckedMirror,
  CheckedTrace,
  MetadataTally,
  MirrorHistory,
  MirrorProblem,
  MirrorProblemKind,
  MirrorsCheck,
  MirrorVerdict,
  ReleaseSample,
  SampledRelease,
  SampleTally,
} from './app/mirror-check/verdict/model.js';
export type { ChartFiles } from './app/mirror-stats/chart/write-chart.js';
export { writeDownloadCharts } from './app/mirror-stats/chart/write-chart.js';
export type { ReadLog } from './app/mirror-stats/count/log-counter.js';
export type { CountOptions, CountReport } from './app/mirror-stats/count-downloads.js';
export { countDownloads } from './app/mirror-stats/count-downloads.js';
export type { CountedLog } from './app/mirror-stats/count-log.js';
export type { Totals } from './app/mirror-stats/files/count-file.js';
export type { CountFormName } from './app/mirror-stats/files/count-form.js';
export type { DayOfDownloads, WrittenCounts } from './app/mirror-stats/files/write-counts.js';
export type { LogFormat } from './app/mirror-stats/lines/find-format.js';
export type { FilterOptions, FilterReport, MetadataForm } from './app/mirror/filter/filter-options.js';
export type { DeletionCounts } from './app/mirror/sync/deletions.js';
export type { SyncEstimate } from './app/mirror/sync/estimate.js';
export type { FindingCounts, MirrorFinding, MirrorFindingKind } from './app/mirror/sync/finding.js';
export type { PlanCounts } from './app/mirror/sync/plan.js';
export type { PublishedCounts } from './app/mirror/sync/publish-context.js';
export { syncMirror } from './app/mirror/sync/sync-mirror.js';
export type { MirrorSyncReport, SyncMirrorOptions, SyncProgress } from './app/mirror/sync/sync-options.js';
export type { JsonFact, JsonFields } from './app/mirror-stats/lines/json-line.js';
export type { LogStream } from './app/mirror-stats/log-source.js';
export type { DownloadReportOptions, PreparedReport } from './app/mirror-stats/report/send-report.js';
export { prepareDownloadReport } from './app/mirror-stats/report/send-report.js';
export type { MirrorSetupFile, MirrorSetupOptions } from './app/mirror-setup/set-up-mirror.js';
export { planMirrorSetup, writeMirrorSetup } from './app/mirror-setup/set-up-mirror.js';
export type { MirrorSetupValues } from './app/mirror-setup/values.js';
