import { Testing } from 'cdk8s';
import { formatStoryboard } from 'graylane';
import { EndToEndCanary } from '../examples/end-to-end-canary/sample';

/** Parts of README.md that come from the code, by the name of their markers. */
export const sections: Readonly<Record<string, () => string>> = {
  storyboard: () => `\`\`\`\n${formatStoryboard(sampleStoryboard()).trim()}\n\`\`\``,
};

/** The release of spring-cloud-a, as `npm run demo` tells it. */
function sampleStoryboard() {
  const image = (name: string) => ({ image: `example.com/shop/${name}` });
  const { rollouts } = new EndToEndCanary(Testing.app(), { a: image('spring-cloud-a'), b: image('spring-cloud-b') });
  return rollouts.a.storyboard();
}
