/** serve: the entry point by HTTP. */
import { Type } from '@sinclair/typebox'
import { CorpusError } from '../../kernel/errors.ts'
import { defineRequest } from '../request.ts'
import { flag, object, option, options, text } from '../schema.ts'

export const serveRequest = defineRequest({
  name: 'serve',
  does: 'Serves the API below /api/v1 to users with tokens, until it is told to stop. Started by root, what listens runs as the account `corpus`, which users with keys reach by ssh (corpus keys add): git, and commands by what they may. With --install it is a part of the machine.',
  example: 'corpus serve --listen 127.0.0.1:2718',
  params: object({
    listen: option('ADDRESS:PORT', 'where (default: 127.0.0.1:2718)'),
    domain: options('NAME', 'a host name by which it is asked, beside addresses (may be repeated)'),
    install: flag(
      'makes the account and the service, and starts it with the machine from now on; `--listen` and `--domain` are kept',
    ),
    uninstall: flag('takes that back; users and their keys stay in the store'),
  }),
  answer: object({ did: Type.Array(text('a sentence')) }),
  http: 'POST /serve',
  local: 'What serves is a process of the machine itself.',
  right: 'admin on machine',
  kind: 'change',
  async run(asked, { listen, domain, install = false, uninstall = false }, caller) {
    if (caller.from !== 'local' || install === uninstall)
      throw new CorpusError('SERVE_REFUSED', 'It is served already, and installed by whoever sits at the machine.')
    const { installServe, uninstallServe } = await import('../serve-install.ts')
    return { did: install ? await installServe(asked, { listen, domain }) : await uninstallServe(asked) }
  },
})
