/** The arguments that several states of file take. */
import type { Arguments } from '../../definition/define.ts'

export const ownerArguments: Arguments = {
  user: { does: 'The owner: an account or its number.', type: 'text' },
  group: { does: 'The group, or its number.', type: 'text' },
}

export const templateArguments: Arguments = {
  template: { does: 'Renders the text first: jinja.', type: 'text' },
  context: { does: 'Values for the template.', type: 'mapping' },
  defaults: { does: 'Values for the template, below those of context.', type: 'mapping' },
}

export const backupArgument: Arguments = {
  backup: {
    does: 'minion: keeps a copy of the file before it is changed, below the work folder.',
    type: 'any',
    default: '',
  },
}

export const sourceArguments: Arguments = {
  source: {
    does: 'Where the content comes from: a salt:// address, a path, an address of the web, or a list of which the first that is there is taken.',
    type: 'text or list',
  },
  source_hash: { does: 'The hash of the source: sha256=…, or a file that lists it.', type: 'text', default: '' },
  source_hash_name: { does: 'The name under which source_hash lists it.', type: 'text' },
  skip_verify: { does: 'Takes a source of the web without a hash.', type: 'boolean', default: false },
}
