/** Every command, in the order in which help lists them. */
import type { CommandDefinition } from '../command.ts'
import { agentCommand } from './agent.ts'
import {
  backupCreateCommand,
  backupListCommand,
  backupRestoreCommand,
  backupVerifyCommand,
  restoreCommand,
} from './backup.ts'
import { cancelCommand } from './cancel.ts'
import { configGetCommand, configSetCommand, configUnsetCommand } from './config.ts'
import { deployCommand, procedureCommands } from './deploy.ts'
import { destroyCommand } from './destroy.ts'
import { diffCommand } from './diff.ts'
import { doctorCommand } from './doctor.ts'
import { duCommand } from './du.ts'
import { envListCommand, envSetCommand, envUnsetCommand } from './env.ts'
import { freezeCommand, thawCommand } from './freeze.ts'
import { completionCommand, helpCommand, manCommand } from './help.ts'
import { domainsAddCommand, domainsListCommand, domainsRemoveCommand, maintenanceCommand } from './ingress.ts'
import { initCommand } from './init.ts'
import { keysAddCommand, keysListCommand, keysRemoveCommand } from './keys.ts'
import { logsCommand } from './logs.ts'
import { metricsCommand } from './metrics.ts'
import { modesCommand } from './modes.ts'
import { pillarGetCommand, pillarSetCommand, pillarUnsetCommand } from './pillar.ts'
import { planCommand } from './plan.ts'
import { psCommand } from './ps.ts'
import { reindexCommand } from './reindex.ts'
import { releasesCommand } from './releases.ts'
import { remoteAddCommand, reportCommand } from './remote.ts'
import { rollbackCommand } from './rollback.ts'
import { runCommand } from './run.ts'
import { statesApplyCommand, statesCallCommand, statesRenderCommand, statesShowCommand } from './states.ts'
import { statesDocCommand } from './states-doc.ts'
import { listCommand, statusCommand } from './status.ts'
import { taskCommand } from './task.ts'

export const commands: readonly CommandDefinition[] = [
  initCommand,
  destroyCommand,
  deployCommand,
  rollbackCommand,
  cancelCommand,
  statusCommand,
  listCommand,
  releasesCommand,
  diffCommand,
  logsCommand,
  psCommand,
  runCommand,
  taskCommand,
  configGetCommand,
  configSetCommand,
  configUnsetCommand,
  pillarGetCommand,
  pillarSetCommand,
  pillarUnsetCommand,
  envSetCommand,
  envUnsetCommand,
  envListCommand,
  restoreCommand,
  backupCreateCommand,
  backupListCommand,
  backupRestoreCommand,
  backupVerifyCommand,
  duCommand,
  remoteAddCommand,
  reportCommand,
  keysAddCommand,
  keysRemoveCommand,
  keysListCommand,
  domainsAddCommand,
  domainsRemoveCommand,
  domainsListCommand,
  maintenanceCommand,
  freezeCommand,
  thawCommand,
  planCommand,
  statesApplyCommand,
  statesRenderCommand,
  statesShowCommand,
  statesDocCommand,
  statesCallCommand,
  metricsCommand,
  modesCommand,
  agentCommand,
  doctorCommand,
  reindexCommand,
  helpCommand,
  completionCommand,
  manCommand,
  ...procedureCommands,
]
