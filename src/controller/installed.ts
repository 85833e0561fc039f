/** Where corpus itself is installed: its launcher, its hooks and its installers. */
import { join } from 'node:path'
import { type Program, program } from '../shell/programs.ts'

interface Installed {
  /** The folder of the package. */
  readonly home: string
}

export const launcherOf = (context: Installed): Program => program(join(context.home, 'scripts', 'corpus'))
export const hooksOf = (context: Installed): string => join(context.home, 'src', 'hooks')
export const installersOf = (context: Installed): string => join(context.home, 'installers')
