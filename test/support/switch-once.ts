/** One whole switch in a process of its own, so that a test can kill it: `switchOnce.ts ROOT HTTP_PORT HTTPS_PORT RELEASE`. */
import { ingress } from '../../src/ingress/ingress.ts'
import { ingressPlace } from '../../src/ingress/place.ts'
import { projectName } from '../../src/kernel/names.ts'
import { servicesPlace } from '../../src/services/place.ts'
import { runitDriver } from '../../src/services/runit/driver.ts'
import { keepUp } from '../../src/services/runit/keeper.ts'
import { switchProcesses } from '../../src/services/switch.ts'
import { localShell } from '../../src/shell/local.ts'
import { siteOf, targetOf } from './ingress.ts'
import { node, wantedInstances, webTree } from './services.ts'

const [root = '', httpPort = '', httpsPort = '', release = ''] = process.argv.slice(2)
const here = { root, place: servicesPlace(root), end: async () => {} }
const driver = runitDriver({ place: here.place, shell: localShell })
const entryPoint = ingress({
  place: ingressPlace(root),
  shell: localShell,
  mode: 'own',
  address: '127.0.0.1',
  httpPort: Number(httpPort),
  httpsPort: Number(httpsPort),
  allowAcme: false,
  keep: argv => keepUp(here.place, localShell, { name: 'ingress', argv, orphanSignal: 'QUIT' }),
})
const tree = webTree(here, release)
const moveTraffic = async (to: Parameters<typeof targetOf>[1]) => {
  await entryPoint.put(siteOf('shop', ['shop.test']), targetOf(tree, to))
}
const services = { web: { command: `${node} web.mjs`, count: 2, health: '/', health_timeout: '20s' } }
const shop = projectName('shop')
const servingPorts = () => entryPoint.servingPorts(shop)
await switchProcesses(
  { driver, shell: localShell, moveTraffic, servingPorts },
  shop,
  wantedInstances(here, release, { services }),
)
