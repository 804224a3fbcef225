import { exitCodes } from '../../base/user-error.ts';
import { type PostDeployReport, renderPostDeploy } from '../../scripts/post-deploy.ts';
import { unprovenGrant } from '../../proof/unproven.ts';
import { awsLocation, grantOn } from '../policies/fixtures/grants.ts';

const unproven = unprovenGrant(
  grantOn(awsLocation, ['list', 'read']),
  'only a job of GitHub Actions can take its role',
);
const [first] = unproven.checks;
const failed = { ...unproven, checks: first === undefined ? [] : [{ ...first, outcome: 'failed' as const }] };

const reportOf = (smokeBefore: PostDeployReport['migrations'][number]['smokeBefore']): PostDeployReport => ({
  stack: 'prod',
  migrations: [{ name: 'media', smokeBefore }],
  domains: [],
  interrupted: false,
  exitCode: exitCodes.accessCheckFailed,
});

describe('S8: after a deploy from elsewhere than the job that a role is for', () => {
  test('what could not be tried is called not proven, with where it can be', () => {
    const said = renderPostDeploy(reportOf([unproven]));
    expect(said).toContain('only a job of GitHub Actions can take its role');
    expect(said).toContain('post-deploy: not everything is proven');
    expect(said).not.toContain('every credential can do what it must');
  });

  test('a failure beside it is a failure', () => {
    expect(renderPostDeploy(reportOf([unproven, failed]))).toContain('post-deploy: an access check FAILED');
  });
});
