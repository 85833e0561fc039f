/** Reads a project's PILLAR.sample: a template whose data are the project's own defaults. */
import { CorpusError } from '../kernel/errors.ts'
import type { ProjectLayout } from '../kernel/layout.ts'
import { createTemplates, TemplateError } from '../salt/jinja/index.ts'
import type { Dict } from '../salt/python/dict.ts'
import type { Value } from '../salt/python/value.ts'
import { readYaml, YamlError } from '../salt/yaml/index.ts'

/** `cfg` and the project's name are what it sees. Throws STATES_INVALID with file and line. */
export function readSample(source: { path: string; text: string }, layout: ProjectLayout, cfg: Dict): Value {
  try {
    const templates = createTemplates({
      load: () => null,
      globals: new Map<string, Value>([
        ['cfg', cfg],
        ['name', layout.name],
      ]),
    })
    return readYaml({ path: source.path, text: templates.render(source, new Map()) })
  } catch (error) {
    if (!(error instanceof TemplateError || error instanceof YamlError)) throw error
    throw new CorpusError('STATES_INVALID', '.salt/PILLAR.sample does not render.', {
      detail: `${source.path}:${error.line}: ${error.message}`,
      cause: error,
    })
  }
}
