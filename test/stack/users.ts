/** Who may log in to a cluster that the tests have started: fixed names, with tokens that are new for each cluster. */
import { randomBytes } from 'node:crypto';

export interface User {
  readonly name: string;
  /** `system:authenticated` comes by itself. */
  readonly groups: readonly string[];
  readonly token: string;
}

/** `graylane` may do nothing until a test binds a role to it: the user to try the least RBAC with. */
const groupsOf = {
  admin: ['system:masters'],
  graylane: [],
} as const;

export type UserName = keyof typeof groupsOf;

export const userNames = Object.keys(groupsOf) as readonly UserName[];

export function newUsers(): User[] {
  return userNames.map((name) => ({ name, groups: groupsOf[name], token: randomBytes(16).toString('hex') }));
}

/** The content of the API server's token file. */
export function tokenFile(users: readonly User[]): string {
  return users.map(({ token, name, groups }) => `${token},${name},${name},"${groups.join(',')}"\n`).join('');
}
