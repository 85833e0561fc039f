/** A notice as a message in Slack's form, which Mattermost, Rocket.Chat and others read as well. */

import type { Deliver } from './deliver.ts'
import type { Slack } from './means.ts'
import { headline, isGood, type Notice } from './notice.ts'
import { post } from './post.ts'

export function bySlack({ url }: Slack): Deliver {
  return (notice, { signal }) => post(url, JSON.stringify(slackMessage(notice)), {}, signal)
}

export function slackMessage(notice: Notice) {
  const { fault } = notice
  const fields: [string, string | null][] = [
    ['Mode', notice.mode],
    ['Took', `${notice.seconds.toFixed(1)} s`],
    ['Failed in', notice.procedure],
    ['Running now', notice.running],
    ['URL', notice.url],
  ]
  const attachment = {
    fallback: escaped(headline(notice)),
    color: isGood(notice.state) ? 'good' : 'danger',
    ...(fault && { text: escaped(`${fault.code}: ${fault.message}\n${fault.wayOut}`.slice(0, 3000)) }),
    fields: fields
      .filter((field): field is [string, string] => field[1] !== null)
      .map(([title, value]) => ({ title, value: escaped(value), short: true })),
    footer: escaped(`${notice.host} · ${notice.release}`),
  }
  return { text: escaped(headline(notice)), attachments: [attachment] }
}

/** The three characters that Slack reads as markup. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
