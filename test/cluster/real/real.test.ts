/** All scenarios on a real API server with its controllers. */
import { seedScenarios } from '../seed.scenarios';
import { stepsScenarios } from '../steps.scenarios';
import { real } from './world';

const world = real();

seedScenarios(world);
stepsScenarios(world);
