/** All modules of execution functions. */
import type { FunctionTable } from '../definition/define.ts'
import { functions as archive } from './archive.ts'
import { functions as cmd } from './cmd.ts'
import { functions as config } from './config.ts'
import { functions as cp } from './cp.ts'
import { functions as defaults } from './defaults.ts'
import { functions as environ } from './environ.ts'
import { functions as file } from './file.ts'
import { functions as git } from './git.ts'
import { functions as grains } from './grains.ts'
import { functions as group } from './group.ts'
import { functions as hashutil } from './hashutil.ts'
import { functions as log } from './log.ts'
import { functions as match } from './match.ts'
import { functions as mc_utils } from './mc_utils.ts'
import { functions as network } from './network.ts'
import { functions as pillar } from './pillar.ts'
import { functions as pkg } from './pkg.ts'
import { functions as random } from './random.ts'
import { functions as rsync } from './rsync.ts'
import { functions as service } from './service.ts'
import { functions as slsutil } from './slsutil.ts'
import { functions as state } from './state.ts'
import { functions as sys } from './sys.ts'
import { functions as test } from './test.ts'
import { functions as user } from './user.ts'

export const functionModules: Readonly<Record<string, FunctionTable>> = {
  archive,
  cmd,
  config,
  cp,
  defaults,
  environ,
  file,
  git,
  grains,
  group,
  hashutil,
  log,
  match,
  mc_utils,
  network,
  pillar,
  pkg,
  random,
  rsync,
  service,
  slsutil,
  state,
  sys,
  test,
  user,
}
