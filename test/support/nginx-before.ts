/** A real nginx before something that listens here: it refuses one path, and passes all else on over connections that are kept. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NginxBefore {
  readonly port: number
  end(): Promise<void>
}

export async function nginxBefore(upstream: number, refusedPath: string): Promise<NginxBefore> {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-nginx-'))
  chmodSync(folder, 0o755)
  for (const name of ['body', 'proxy', 'other']) mkdirSync(join(folder, name))
  const port = await freePort()
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log ${folder}/error.log crit;
events { worker_connections 200; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/other; uwsgi_temp_path ${folder}/other; scgi_temp_path ${folder}/other;
  upstream behind { server 127.0.0.1:${upstream}; keepalive 4; }
  server {
    listen 127.0.0.1:${port};
    location ${refusedPath} { return 403; }
    location / {
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_request_buffering off;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`,
  )
  const child = spawn('/usr/sbin/nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], { stdio: 'ignore' })
  const ended = new Promise<void>(resolve => child.on('exit', () => resolve()))
  for (;;) if ((await answers(port)) || child.exitCode !== null) break
  if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
  return {
    port,
    async end() {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What comes back for these bytes, until the other side closes or says nothing more for a while. */
export function exchanged(port: number, bytes: string | Buffer, quietMilliseconds = 1500): Promise<string> {
  return new Promise(resolve => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const over = () => {
      socket.destroy()
      resolve(said)
    }
    socket.setTimeout(quietMilliseconds, over)
    socket.on('data', piece => {
      said += piece.toString('latin1')
    })
    socket.on('close', over)
    socket.on('error', over)
  })
}

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => setTimeout(() => resolve(false), 50))
  })

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const at = server.address()
      server.close(() => resolve(typeof at === 'object' && at !== null ? at.port : 0))
    })
  })
