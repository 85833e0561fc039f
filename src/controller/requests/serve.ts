/** serve: the entry point by HTTP. */
import { CorpusError } from '../../kernel/errors.ts'
import { defineRequest } from '../request.ts'
import { object, option, options, text } from '../schema.ts'

export const serveRequest = defineRequest({
  name: 'serve',
  does: 'Serves the API below /api/v1 to users with tokens, until it is told to stop. Started by root, what listens runs as the account `corpus`.',
  example: 'corpus serve --listen 127.0.0.1:2718',
  params: object({
    listen: option('ADDRESS:PORT', 'where (default: 127.0.0.1:2718)'),
    domain: options('NAME', 'a host name by which it is asked, beside addresses (may be repeated)'),
  }),
  answer: object({ listens: text() }),
  http: 'POST /serve',
  local: 'What serves is a process of the machine itself.',
  right: 'admin on machine',
  kind: 'change',
  async run() {
    throw new CorpusError('SERVE_REFUSED', 'What is asked by HTTP is served already.')
  },
})
