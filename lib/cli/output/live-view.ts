import { readStatus } from '../../cluster';
import type { SimulatedCluster } from '../../simulated';
import { DIM, paint } from '../terminal/progress';
import { statusTree } from './status-tree';
import type { Output } from '../terminal/terminal';

/** Lines of the story that stay below the tree. */
const STORY = 8;
/** Milliseconds between two pictures, at least. */
const FRAME = 60;

/** Long lines are cut by the terminal: one that wraps would be counted as one and drawn as two. */
const NO_WRAP = '\u001b[?7l';
const WRAP = '\u001b[?7h';

/** Draws the cluster as a tree with the last lines of the story below, over what it drew before. */
export class LiveView {
  private readonly story: string[] = [];
  private drawn = 0;
  private timer: NodeJS.Timeout | undefined;
  private draw = async () => {};
  private stop = () => {};

  constructor(private readonly out: Output) {}

  begin(cluster: SimulatedCluster, namespace: string): void {
    const world = { api: cluster.client('viewer'), clock: cluster.clock };
    this.draw = async () => this.show(statusTree(await readStatus(world, namespace), this.out.colour));
    this.stop = cluster.listen(() => {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        void this.draw();
      }, FRAME);
    });
  }

  tell(line: string): void {
    this.story.push(line.trimEnd());
  }

  /** Draws a last time, and leaves that. */
  async end(): Promise<void> {
    this.stop();
    clearTimeout(this.timer);
    await this.draw();
  }

  private show(tree: string): void {
    const story = this.story.slice(-STORY).map((line) => paint(line, DIM, this.out.colour));
    const lines = [...tree.trimEnd().split('\n'), '', ...story];
    const back = this.drawn > 0 ? `\u001b[${this.drawn}A` : '';
    this.out.write(`${back}${NO_WRAP}${lines.map((line) => `\u001b[2K${line}\n`).join('')}${WRAP}\u001b[0J`);
    this.drawn = lines.length;
  }
}
