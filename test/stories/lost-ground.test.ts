/** The file system gets full, or read-only, in the middle of a deployment: a clear error, nothing half done, and the release before serves. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { corpusCommand, makeWorld, uniqueName, type World } from '../support/world.ts'

let world: World
beforeAll(() => {
  world = makeWorld()
})
afterAll(() => world.dispose())

const lose = {
  // What is open stays open for writing, as after an error of the disk that one process has not seen yet.
  'read-only': ['mount --bind "$root" "$root" && mount -o remount,bind,ro "$root"', 'umount -l "$root"'],
  full: ['cat /dev/zero > "$root/filling" 2> /dev/null || :', 'rm "$root/filling"'],
} as const

/** On a machine of its own: mounts, processes and network are seen nowhere else, and end with it. */
const script = (name: string, procedure: string, [take, give]: readonly [string, string]) => `set -u
root=$1
ip link set lo up
mount -t tmpfs -o size=96m,mode=755 own "$root" || exit 77
export CORPUS_ROOT=$root
"$corpus" init ${name} --mode final --installer procfile --set min_free_megabytes=8 || exit 1
git init -q -b master ${name} && cd ${name}
echo 'web: python3 -m http.server --bind 127.0.0.1 $PORT' > Procfile
echo one > index.html
git add . && git commit -qm First
"$corpus" remote add ${name} || exit 1
git push corpus HEAD:master || exit 1
address=$("$corpus" status ${name} --json | sed 's/.*"url":"\\([^"]*\\)".*/\\1/')
answer() { echo "$1: $(curl -s --noproxy '*' --max-time 5 "$address")"; }
answer before
echo two > index.html
mkdir .salt
printf 'x:\\n  cmd.run:\\n    - name: touch /tmp/began-${name}; while [ ! -e /tmp/go-${name} ]; do sleep 0.05; done\\n' > .salt/${procedure}.sls
git add . && git commit -qm Second
(git push corpus HEAD:master > push.log 2>&1; echo "push: $?" >> push.log) &
while [ ! -e /tmp/began-${name} ]; do sleep 0.05; done
${take}
touch /tmp/go-${name}
wait $!
answer during
cat push.log
${give}
"$corpus" status ${name} --json > /dev/null
sleep 1
answer after
echo "state: $("$corpus" status ${name} --json | grep -o '"state":"[a-z]*"' | head -n 1 | cut -d '"' -f 4)"
git rm -qr .salt && git commit -qm Third
git push corpus HEAD:master > again.log 2>&1
echo "again: $?"
cat again.log
answer then
"$corpus" destroy ${name} --confirm ${name} > /dev/null
echo "destroyed: $?"
`

test
  .runIf(process.getuid?.() === 0)
  .each(
    (['read-only', 'full'] as const).flatMap(how =>
      ['configure', 'reconfigure', 'post_install'].map(procedure => [how, procedure] as const),
    ),
  )('%s in %s', async (how, procedure) => {
  const name = uniqueName('ground')
  const file = join(world.scratch, `${name}.sh`)
  writeFileSync(file, script(name, procedure, lose[how]))
  const machine = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', file]
  const { status, stdout, stderr } = await world.run(
    ['sh', '-c', `trap 'rm -f /tmp/began-${name} /tmp/go-${name}' EXIT; "$@"`, 'sh', ...machine, world.root],
    { env: { corpus: corpusCommand } },
  )
  if (status === 77) return console.warn(`skipped: nothing can be mounted here: ${stderr}`)
  const said = (word: string) => new RegExp(`^${word}: (.*)$`, 'm').exec(stdout)?.[1]
  const all = `${stdout}${stderr}`
  // Traffic has moved by then, and the way back has to write.
  const during = how === 'read-only' && procedure === 'post_install' ? 'two' : 'one'
  // What is laid out beforehand may be room enough for the last words of a deployment: then it stands whole.
  const stands = how === 'full' && procedure === 'post_install' && said('push') === '0'
  if (stands) {
    expect(['during', 'after', 'state', 'again', 'then', 'destroyed'].map(said), all).toEqual([
      'two',
      'two',
      'live',
      '0',
      'two',
      '0',
    ])
    return
  }
  expect(['before', 'push', 'during', 'after', 'state', 'again', 'then', 'destroyed'].map(said), all).toEqual([
    'one',
    '1',
    during,
    'one',
    'live',
    '0',
    'two',
    '0',
  ])
  expect(all).toMatch(how === 'full' ? /DISK_FULL/ : /READ_ONLY|EROFS/)
  expect(all).not.toContain('INTERNAL')
})
