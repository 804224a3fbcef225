import { accessDiff } from '../../../policies/access-diff/access-diff.ts';
import { type AccessFile, accessFile, type RenderedAccess } from '../../../policies/access-file.ts';
import { type ApprovedWidening, parseConfiguration } from '../../../policies/configuration.ts';
import { changed, productionValues } from '../fixtures/values.ts';

/** The production stack's access, its configuration changed at each path. */
export function access(...changes: readonly (readonly [path: string, value: unknown])[]): AccessFile {
  const values = changes.reduce((all, [path, value]) => changed(all, path, value), productionValues());
  return accessFile(parseConfiguration('prod', values, { today: '2026-11-22' }));
}

export const base = access();

/** The base with one credential rendered otherwise, as a change of our own code would. */
export function rendering(name: string, render: (rendered: RenderedAccess) => RenderedAccess): AccessFile {
  return {
    ...base,
    credentials: base.credentials.map((credential) =>
      credential.access === name ? { ...credential, rendered: render(credential.rendered) } : credential,
    ),
  };
}

/** The statements of an IAM policy that sluice rendered, changed. */
export function statements(
  name: string,
  change: (statements: readonly Record<string, unknown>[]) => readonly unknown[],
): AccessFile {
  return rendering(name, (rendered) => {
    if (rendered.dialect !== 'iam') throw new Error(`${name} is not on AWS`);
    const written = rendered.policy['Statement'] as Record<string, unknown>[];
    return { dialect: 'iam', policy: { ...rendered.policy, Statement: change(written) as never } };
  });
}

export function diff(after: AccessFile, before: AccessFile | undefined = base, approved: ApprovedWidening[] = []) {
  return accessDiff({ before, after, approvedWidenings: approved });
}

/** `▲`-less: `widens media/source s3://media-prod/ +list read`. */
export function told(after: AccessFile, before: AccessFile | undefined = base): string[] {
  return diff(after, before).changes.map(({ kind, access: name, where, widened, narrowed }) =>
    [kind, name, where, ...widened.map((ability) => `+${ability}`), ...narrowed.map((ability) => `-${ability}`)].join(
      ' ',
    ),
  );
}
