/** Draws docs/house.svg (floors, rooms and what imports what, from the source) and docs/push.svg (the way of a push). */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { files, floors, importsOf, roomOf, targetOf } from './house.mjs'

const home = join(import.meta.dirname, '..')
const style = `<style>
text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #1f2933 }
.small { font-size: 11px; fill: #616e7c }
.floor { fill: #f5f7fa } .room { fill: #fff; stroke: #3e4c59 } .way { fill: #fff; stroke: #0b69a3; stroke-width: 1.5 }
.edge { fill: none; stroke: #7b8794; stroke-opacity: .35 } .arrow { fill: none; stroke: #0b69a3; stroke-width: 1.5; marker-end: url(#tip) }
@media (prefers-color-scheme: dark) { text { fill: #e4e7eb } .small { fill: #9aa5b1 } .floor { fill: #1f2933 } .room, .way { fill: #323f4b } }
</style>`
const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const svg = (width, height, title, inside) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"><title>${escaped(title)}</title>\n${style}\n${inside.join('\n')}\n</svg>\n`

/** The entry points stand on top; a line goes from a room down to what it imports. */
export function houseSvg() {
  const [width, line, boxHeight, gap] = [1040, 74, 30, 10]
  const shown = [...floors].reverse()
  const at = new Map()
  const boxes = []
  for (const [row, { rooms, why }] of shown.entries()) {
    const y = 10 + row * line
    boxes.push(`<rect class="floor" x="5" y="${y}" width="${width - 10}" height="${line - 8}" rx="6"/>`)
    boxes.push(`<text class="small" x="16" y="${y + 16}">${escaped(why)}</text>`)
    const names = rooms.map(room => (room === '.' ? 'main.ts' : room))
    const widths = names.map(name => name.length * 7.4 + 14)
    let x = (width - widths.reduce((sum, one) => sum + one + gap, -gap)) / 2
    for (const [nth, name] of names.entries()) {
      const wide = widths[nth]
      at.set(rooms[nth], { x: x + wide / 2, top: y + 26, bottom: y + 26 + boxHeight })
      boxes.push(
        `<g><rect class="room" x="${x.toFixed(1)}" y="${y + 26}" width="${wide.toFixed(1)}" height="${boxHeight}" rx="5"/>` +
          `<text x="${(x + wide / 2).toFixed(1)}" y="${y + 46}" text-anchor="middle">${escaped(name)}</text></g>`,
      )
      x += wide + gap
    }
  }
  const edges = [...roomEdges()].map(edge => {
    const [from, to] = edge.split(' ').map(room => at.get(room))
    const middle = (from.bottom + to.top) / 2
    return `<path class="edge" d="M${from.x.toFixed(1)} ${from.bottom}C${from.x.toFixed(1)} ${middle} ${to.x.toFixed(1)} ${middle} ${to.x.toFixed(1)} ${to.top}"/>`
  })
  const title = 'The house: a room imports rooms below it, never above or beside'
  // Lines lie between the floors and the rooms.
  const [behind, before] = [boxes.filter(box => box.startsWith('<rect')), boxes.filter(box => !box.startsWith('<rect'))]
  return svg(width, 20 + shown.length * line, title, [...behind, ...edges, ...before])
}

function roomEdges() {
  const edges = new Set()
  for (const name of files)
    for (const spec of importsOf(name)) {
      const [room, other] = [roomOf(name), spec.startsWith('.') ? roomOf(targetOf(name, spec)) : roomOf(name)]
      if (room !== other) edges.add(`${room} ${other}`)
    }
  return [...edges].sort()
}

/** What happens in turn, and the file where it is read. */
export const way = [
  ['git push', 'the pusher’s git speaks to git here', null],
  [
    'may it land?',
    'frozen, room on the disk, names of refs; state files and pillar render',
    'src/hooks/pre-receive.pl',
  ],
  ['a runner begins', 'warm, while git moves the refs', 'src/agent/agent.ts'],
  ['git moves the branch', 'the request stands in the line of the project', 'src/pipeline/queue.ts'],
  ['one deployment', 'under the project’s lock: configuration and the table of its mode', 'src/runner/deploy.ts'],
  ['procedure by procedure', 'its own step, then its state file', 'src/pipeline/run.ts'],
  ['the new tree', 'made where only root reaches, handed over by one rename', 'src/deployment/release-tree.ts'],
  ['state files', 'Salt’s language: compiled, run in order', 'src/salt/apply.ts'],
  ['new processes', 'beside the old; healthy before traffic moves', 'src/services/switch.ts'],
  ['the site', 'nginx gets the new ports; the release counts from here', 'src/ingress/ingress.ts'],
  ['the verdict', 'the pusher’s git ends with it; all else comes behind it', 'src/hooks/post-receive.pl'],
]

export function pushSvg() {
  const [width, line] = [760, 56]
  const inside = [
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#0b69a3"/></marker></defs>',
  ]
  for (const [nth, [what, how, file]] of way.entries()) {
    const y = 10 + nth * line
    inside.push(`<rect class="way" x="10" y="${y}" width="190" height="34" rx="6"/>`)
    inside.push(`<text x="105" y="${y + 22}" text-anchor="middle">${escaped(what)}</text>`)
    inside.push(`<text x="216" y="${y + 15}">${escaped(how)}</text>`)
    if (file) inside.push(`<text class="small" x="216" y="${y + 31}">${file}</text>`)
    if (nth > 0) inside.push(`<path class="arrow" d="M105 ${y - line + 34}V${y - 1}"/>`)
  }
  return svg(width, 10 + way.length * line, 'The way of a push', inside)
}

const lost = way.flatMap(([, , file]) => (file && !existsSync(join(home, file)) ? [file] : []))
if (lost.length > 0) throw new Error(`the way of a push names files that are not there: ${lost.join(', ')}`)

if (process.argv[1] === import.meta.filename) {
  writeFileSync(join(home, 'docs', 'house.svg'), houseSvg())
  writeFileSync(join(home, 'docs', 'push.svg'), pushSvg())
}
