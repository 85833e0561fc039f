/** The maintenance page of a project: on and off by a file, at once and without a reload; it outlives deployments. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { ProjectName } from '../kernel/names.ts'
import { type IngressPlace, maintenanceFlag, maintenancePage } from './place.ts'

export function setMaintenance(place: IngressPlace, project: ProjectName, on: boolean, page?: string): void {
  const flag = maintenanceFlag(place, project)
  if (!on) {
    rmSync(flag, { force: true })
    return
  }
  mkdirSync(dirname(flag), { recursive: true, mode: 0o755 })
  ensureMaintenancePage(place, project, page)
  writeFileSync(flag, '', { flush: true })
}

export function isInMaintenance(place: IngressPlace, project: ProjectName): boolean {
  return existsSync(maintenanceFlag(place, project))
}

/** A page of the project's own replaces the one before; without one, the usual page is written where none is. */
export function ensureMaintenancePage(place: IngressPlace, project: ProjectName, page?: string): void {
  const file = maintenancePage(place, project)
  if (page === undefined && existsSync(file)) return
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 })
  writeFileSync(`${file}.new`, page ?? usualPage)
  renameSync(`${file}.new`, file)
}

const usualPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Back soon</title>
<style>body { font: 1.2rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem; }</style>
<h1>Back soon</h1>
<p>This site is being looked after. Please try again in a few minutes.</p>
</html>
`
