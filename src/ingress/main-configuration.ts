/** What stands around the sites: the whole configuration of an nginx of our own, or the file that the system's nginx includes. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { IngressPlace } from './place.ts'
import { type Listening, listen, roomForHeaders, word } from './render.ts'

/** Variables that the sites use: how a connection goes on, and whether a request asks for a stream. */
const maps = `map $http_upgrade $corpus_connection {
  default upgrade;
  "" close;
}
map "$http_upgrade $http_accept" $corpus_stream {
  default 0;
  "~*^websocket " 1;
  "~*text/event-stream" 1;
}
`

/** What stands around the sites: a pattern of their files, and whether one of them speaks TLS (else nobody listens for it). */
export interface Around {
  readonly sites: string
  readonly tls: boolean
}

/** The configuration of an nginx of our own. */
export function ownConfiguration(
  place: IngressPlace,
  listening: Listening,
  around: Around,
  worker: string | null,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    kind => `  ${kind}_temp_path ${word(join(place.home, 'temporary', kind))};\n`,
  )
  return `# An nginx of corpus; written by it, changes here do not last.
${worker === null ? '' : `user ${worker};\n`}worker_processes 2;
worker_rlimit_nofile 4096;
pid ${word(join(place.home, 'nginx.pid'))};
error_log ${word(join(place.home, 'logs', 'error.log'))};
# Old workers keep their WebSockets and event streams for as long as the old processes live, but not for ever.
worker_shutdown_timeout 1h;
events {
  worker_connections 2048;
}
http {
${existsSync('/etc/nginx/mime.types') ? '  include /etc/nginx/mime.types;\n' : ''}  default_type application/octet-stream;
${temporary.join('')}  access_log ${word(join(place.home, 'logs', 'access.log'))} combined buffer=32k flush=1s;
  sendfile on;
  tcp_nopush on;
  server_tokens off;
  gzip on;
  gzip_types text/css text/javascript application/javascript application/json image/svg+xml text/plain;
  types_hash_max_size 4096;
  server_names_hash_bucket_size 512;
  server_names_hash_max_size 4096;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:corpus:10m;
  ssl_session_timeout 1d;
${indented(maps + unknownHosts(listening, around.tls, ' default_server'))}  include ${word(around.sites)};
}
`
}

/** The one file that the system's nginx gets. Who is first answers to unknown hosts, unless another says that it is the default. */
export function includeConfiguration(listening: Listening, around: Around): string {
  const unknown = unknownHosts(listening, around.tls, '')
  return `# Written by corpus: the sites of its projects.\n${maps}${unknown}include ${word(around.sites)};\n`
}

/** A host that no project has must not get another project's site. */
function unknownHosts(listening: Listening, tls: boolean, flag: string): string {
  const server = (secure: boolean, answer: string) =>
    `server {\n${listen(listening, secure, flag)
      .map(line => `  ${line}\n`)
      .join('')}  server_name _;\n${roomForHeaders.map(line => `  ${line}\n`).join('')}  ${answer}\n}\n`
  return server(false, 'return 404;') + (tls ? server(true, 'ssl_reject_handshake on;') : '')
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}
