/** Compares versions of Debian packages. */

/** Less than, equal to or greater than zero. */
export function compareVersions(a: string, b: string): number {
  const [epochA, upstreamA, revisionA] = parts(a)
  const [epochB, upstreamB, revisionB] = parts(b)
  return epochA - epochB || comparePart(upstreamA, upstreamB) || comparePart(revisionA, revisionB)
}

function parts(version: string): [number, string, string] {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(version) ?? []
  const dash = rest.lastIndexOf('-')
  return [Number(epoch), dash === -1 ? rest : rest.slice(0, dash), dash === -1 ? '' : rest.slice(dash + 1)]
}

/** Text and numbers in turn; in text "~" comes before the end, letters before everything else. */
function comparePart(a: string, b: string): number {
  let [restA, restB] = [a, b]
  while (restA !== '' || restB !== '') {
    const [textA, textB] = [/^\D*/.exec(restA)?.[0] ?? '', /^\D*/.exec(restB)?.[0] ?? '']
    const text = compareText(textA, textB)
    if (text !== 0) return text
    restA = restA.slice(textA.length)
    restB = restB.slice(textB.length)
    const [digitsA, digitsB] = [/^\d*/.exec(restA)?.[0] ?? '', /^\d*/.exec(restB)?.[0] ?? '']
    const number = Number(digitsA || 0) - Number(digitsB || 0)
    if (number !== 0) return number
    restA = restA.slice(digitsA.length)
    restB = restB.slice(digitsB.length)
  }
  return 0
}

function compareText(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = weight(a[at]) - weight(b[at])
    if (difference !== 0) return difference
  }
  return 0
}

function weight(sign: string | undefined): number {
  if (sign === undefined) return 0
  if (sign === '~') return -1
  return /[A-Za-z]/.test(sign) ? sign.charCodeAt(0) : sign.charCodeAt(0) + 256
}
