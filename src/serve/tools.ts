/** The declared requests as tools of MCP: plain data, for the process that listens. */
import { dangerous } from '../controller/reference/groups.ts'
import { told } from '../controller/told.ts'
import { withoutWords } from './open-api.ts'

/** What MCP lists of a tool; `request` is ours. */
export interface Tool {
  readonly request: string
  readonly name: string
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [key: string]: unknown }
  readonly annotations: {
    readonly title: string
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly openWorldHint: boolean
  }
}

/** They are of a terminal, or of the process that serves. */
const ofTerminals: readonly string[] = ['serve', 'agent', 'remote add', 'help', 'man', 'completion']

export function tools(): Tool[] {
  return told
    .filter(({ name }) => !ofTerminals.includes(name))
    .map(({ name, does, kind, params, right }) => ({
      request: name,
      name: name.replaceAll(' ', '_'),
      description: `${does}${kind === 'job' ? ' Answers the job that does it.' : ''} Needs the right ${right}.`,
      inputSchema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(params.properties).map(([param, shape]) => [param, withoutWords({ ...shape })]),
        ),
        required: [...(params.required ?? [])],
        additionalProperties: false,
      },
      annotations: {
        title: `corpus ${name}`,
        readOnlyHint: kind === 'read',
        destructiveHint: kind !== 'read' && dangerous.includes(name),
        openWorldHint: false,
      },
    }))
}
