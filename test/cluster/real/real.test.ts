/** All scenarios on a real API server with its controllers. */
import { allScenarios } from '../all.scenarios';
import { real } from './world';

allScenarios(real());
