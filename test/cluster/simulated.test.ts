/** All scenarios on the simulated cluster. */
import { seedScenarios } from './seed.scenarios';
import { simulated } from './simulated.world';
import { stepsScenarios } from './steps.scenarios';

seedScenarios(simulated);
stepsScenarios(simulated);
