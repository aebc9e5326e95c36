/** Counters that are made up, and a release that goes by them, on the real API server. */
import { requestsScenarios } from '../requests.scenarios';
import { real } from './world';

requestsScenarios(real());
