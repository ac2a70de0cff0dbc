/** The time in milliseconds since 1970, UTC. Passed in, so that tests can fix it. */
export type Clock = () => number;
