import { Testing } from 'cdk8s';
import { formatStoryboard } from 'graylane';
import { EndToEndCanary } from '../examples/end-to-end-canary/sample';
import { gatewayTable } from './gateway-table';

/** Parts of the documents that come from the code, by the name of their markers. */
export const sections: Readonly<Record<string, () => string>> = {
  storyboard: () => `\`\`\`\n${formatStoryboard(sampleStoryboard()).trim()}\n\`\`\``,
  gateways: gatewayTable,
};

/** The documents, and which parts each of them has. */
export const documents: Readonly<Record<string, readonly string[]>> = {
  'README.md': ['storyboard', 'gateways'],
  'docs/gateways.md': ['gateways'],
};

/** The release of spring-cloud-a, as `npm run demo` tells it. */
function sampleStoryboard() {
  const image = (name: string) => ({ image: `example.com/shop/${name}` });
  const { rollouts } = new EndToEndCanary(Testing.app(), { a: image('spring-cloud-a'), b: image('spring-cloud-b') });
  return rollouts.a.storyboard();
}
