/** Characters of a header value that Envoy takes as they are, for systems that hand it on unescaped. */
export const NO_PERCENT = '\\x20-\\x24\\x26-\\x7e\\u00a0-\\uffff';
export const ENVOY_COMMANDS = 'Envoy reads % in a header value as the start of a command';
