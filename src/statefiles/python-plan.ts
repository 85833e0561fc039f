/** What the Python installer asks: `salt['mc_python.plan']()`. */
import { readPythonApplication } from '../applications/python-application.ts'
import { forProject } from '../kernel/errors.ts'
import type { TreeFiles } from '../kernel/tree-files.ts'
import { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'

/** `ask` runs a program as the application would, and says what it printed; null where that failed. */
export function pythonPlan(
  cfg: Dict,
  files: TreeFiles,
  ask: (program: string, ...args: string[]) => string | null,
): Dict {
  const settings = cfg.get('python')
  const own = (name: string): Value => (settings instanceof Dict ? (settings.get(name) ?? null) : null)
  const requirements = String(own('requirements') ?? 'requirements.txt')
  const python = readPythonApplication(files, requirements)
  const chosen = chooseInterpreter(own('interpreter'), python.wish, ask)
  const { interpreter } = chosen
  const faults = chosen.faults.map(fault => forProject(fault, String(cfg.get('name') ?? 'NAME')))
  if (faults.length === 0 && ask(interpreter, '-c', 'import venv, ensurepip') === null)
    faults.push(`${interpreter} has no module for virtual environments: apt-get install python3-venv.`)
  const isLocked =
    python.dependencies !== null &&
    !['Pipfile', 'pyproject.toml', 'setup.py', 'setup.cfg'].includes(python.dependencies)
  if (own('require_lock') === true && !isLocked)
    faults.push(
      'There is no lock file, and python.require_lock asks for one: requirements.txt, uv.lock, poetry.lock or Pipfile.lock.',
    )
  return Dict.of({
    interpreter,
    faults,
    dependencies: python.dependencies,
    requirements: python.dependencies === requirements,
    package: python.isPackage,
    system_packages: own('system_packages') === true,
  })
}

/** One that is configured counts; else the first that fits what the project wishes for. */
function chooseInterpreter(
  configured: Value,
  wish: ReturnType<typeof readPythonApplication>['wish'],
  ask: (program: string, ...args: string[]) => string | null,
): { interpreter: string; faults: string[] } {
  if (typeof configured === 'string') return { interpreter: configured, faults: [] }
  const version = (name: string) => ask(name, '-c', 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
  const usual = version('python3')
  if (wish === null)
    return usual === null
      ? { interpreter: 'python3', faults: ['There is no python3 on this machine: apt-get install python3-venv.'] }
      : { interpreter: 'python3', faults: [] }
  const [major = '3', minor] = wish.version.split('.')
  const isWished = (found: string | null) =>
    found !== null && (minor === undefined ? found.split('.')[0] === major : found.startsWith(`${major}.${minor}.`))
  const seen: string[] = []
  for (const name of [
    ...(minor === undefined ? [] : [`python${major}.${minor}`]),
    `python${major}`,
    'python3',
    'python',
  ]) {
    const found = version(name)
    if (isWished(found)) return { interpreter: name, faults: [] }
    if (found !== null && !seen.includes(found)) seen.push(found)
  }
  const here = seen.length === 0 ? 'there is none here' : `here is ${seen.join(' and ')}`
  return {
    interpreter: 'python3',
    faults: [
      `${wish.file} asks for Python ${wish.version}, and ${here}. Install such a Python, or name the one to take: corpus config set NAME python.interpreter=python3`,
    ],
  }
}
