/** Every request, in the order in which the reference lists them. */
import type { RequestDeclaration } from '../request.ts'
import { agentRequest } from './agent.ts'
import { agentLogsRequest } from './agent-logs.ts'
import { applyRequest } from './apply.ts'
import { approveRequest } from './approve.ts'
import { auditRequest } from './audit.ts'
import { auditVerifyRequest } from './audit-verify.ts'
import { backupCreateRequest } from './backup-create.ts'
import { backupListRequest } from './backup-list.ts'
import { backupRestoreRequest } from './backup-restore.ts'
import { backupVerifyRequest } from './backup-verify.ts'
import { cancelRequest } from './cancel.ts'
import { completionRequest } from './completion.ts'
import { configGetRequest } from './config-get.ts'
import { configSetRequest } from './config-set.ts'
import { configUnsetRequest } from './config-unset.ts'
import { deployRequest } from './deploy.ts'
import { destroyRequest } from './destroy.ts'
import { diffRequest } from './diff.ts'
import { doctorRequest } from './doctor.ts'
import { domainsAddRequest } from './domains-add.ts'
import { domainsListRequest } from './domains-list.ts'
import { domainsRemoveRequest } from './domains-remove.ts'
import { duRequest } from './du.ts'
import { envListRequest } from './env-list.ts'
import { envSetRequest } from './env-set.ts'
import { envUnsetRequest } from './env-unset.ts'
import { exportRequest } from './export.ts'
import { freezeRequest } from './freeze.ts'
import { grantRequest } from './grant.ts'
import { helpRequest } from './help.ts'
import { initRequest } from './init.ts'
import { jobCancelRequest } from './job-cancel.ts'
import { jobEventsRequest } from './job-events.ts'
import { jobFollowRequest } from './job-follow.ts'
import { jobShowRequest } from './job-show.ts'
import { jobsRequest } from './jobs.ts'
import { keysAddRequest } from './keys-add.ts'
import { keysListRequest } from './keys-list.ts'
import { keysRemoveRequest } from './keys-remove.ts'
import { listRequest } from './list.ts'
import { logsRequest } from './logs.ts'
import { maintenanceRequest } from './maintenance.ts'
import { maintenanceSetRequest } from './maintenance-set.ts'
import { manRequest } from './man.ts'
import { metricsRequest } from './metrics.ts'
import { modesRequest } from './modes.ts'
import { pillarGetRequest } from './pillar-get.ts'
import { pillarSetRequest } from './pillar-set.ts'
import { pillarUnsetRequest } from './pillar-unset.ts'
import { planRequest } from './plan.ts'
import { planFileRequest } from './plan-file.ts'
import { procedureRequests } from './procedures.ts'
import { psRequest } from './ps.ts'
import { psRestartRequest } from './ps-restart.ts'
import { psScaleRequest } from './ps-scale.ts'
import { reindexRequest } from './reindex.ts'
import { releasesRequest } from './releases.ts'
import { remoteAddRequest } from './remote-add.ts'
import { reportRequest } from './report.ts'
import { restoreRequest } from './restore.ts'
import { revokeRequest } from './revoke.ts'
import { rightsRequest } from './rights.ts'
import { rollbackRequest } from './rollback.ts'
import { runRequest } from './run.ts'
import { serveRequest } from './serve.ts'
import { shellRequest } from './shell.ts'
import { statesApplyRequest } from './states-apply.ts'
import { statesCallRequest } from './states-call.ts'
import { statesDocRequest } from './states-doc.ts'
import { statesRenderRequest } from './states-render.ts'
import { statesShowRequest } from './states-show.ts'
import { statusRequest } from './status.ts'
import { taskRequest } from './task.ts'
import { taskRunRequest } from './task-run.ts'
import { thawRequest } from './thaw.ts'
import { tokenCreateRequest } from './token-create.ts'
import { tokenListRequest } from './token-list.ts'
import { tokenRevokeRequest } from './token-revoke.ts'
import { userAddRequest } from './user-add.ts'
import { userListRequest } from './user-list.ts'
import { userPasswdRequest } from './user-passwd.ts'
import { userRemoveRequest } from './user-remove.ts'

export const requests: readonly RequestDeclaration[] = [
  initRequest,
  destroyRequest,
  deployRequest,
  rollbackRequest,
  approveRequest,
  cancelRequest,
  statusRequest,
  listRequest,
  releasesRequest,
  diffRequest,
  logsRequest,
  psRequest,
  psRestartRequest,
  psScaleRequest,
  runRequest,
  shellRequest,
  taskRequest,
  taskRunRequest,
  configGetRequest,
  configSetRequest,
  configUnsetRequest,
  pillarGetRequest,
  pillarSetRequest,
  pillarUnsetRequest,
  envSetRequest,
  envUnsetRequest,
  envListRequest,
  restoreRequest,
  backupCreateRequest,
  backupListRequest,
  backupRestoreRequest,
  backupVerifyRequest,
  duRequest,
  remoteAddRequest,
  reportRequest,
  keysAddRequest,
  keysRemoveRequest,
  keysListRequest,
  userAddRequest,
  userListRequest,
  userRemoveRequest,
  userPasswdRequest,
  tokenCreateRequest,
  tokenListRequest,
  tokenRevokeRequest,
  grantRequest,
  revokeRequest,
  rightsRequest,
  exportRequest,
  planFileRequest,
  applyRequest,
  auditRequest,
  auditVerifyRequest,
  serveRequest,
  jobsRequest,
  jobShowRequest,
  jobFollowRequest,
  jobEventsRequest,
  jobCancelRequest,
  domainsAddRequest,
  domainsRemoveRequest,
  domainsListRequest,
  maintenanceRequest,
  maintenanceSetRequest,
  freezeRequest,
  thawRequest,
  planRequest,
  statesApplyRequest,
  statesRenderRequest,
  statesShowRequest,
  statesDocRequest,
  statesCallRequest,
  metricsRequest,
  modesRequest,
  agentRequest,
  agentLogsRequest,
  doctorRequest,
  reindexRequest,
  helpRequest,
  completionRequest,
  manRequest,
  ...procedureRequests,
]
