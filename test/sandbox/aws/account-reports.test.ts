import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GenerateCredentialReportCommand,
  GetAccountAuthorizationDetailsCommand,
  GetCredentialReportCommand,
  GetUserCommand,
} from '@aws-sdk/client-iam';
import { administratorName } from '../../../sandbox/aws/account.ts';
import { refusal, startAwsEndpoint } from './aws-endpoint.ts';
import type { AwsEndpoint } from './aws-endpoint.ts';

let endpoint: AwsEndpoint;
beforeAll(async () => {
  endpoint = await startAwsEndpoint();
});
afterAll(() => endpoint.stop());

test('S5: a credential report tells each key and its last use, once it was asked for', async () => {
  const iam = endpoint.iam();
  const get = () => iam.send(new GetCredentialReportCommand({}));
  expect(await refusal(get())).toMatchObject({ code: 'ReportNotPresent', status: 410 });
  await iam.send(new CreateUserCommand({ UserName: 'unused', Path: '/a,b/' }));
  await iam.send(new CreateAccessKeyCommand({ UserName: 'unused' }));
  await iam.send(new GetUserCommand({}));
  expect((await iam.send(new GenerateCredentialReportCommand({}))).State).toBe('STARTED');
  expect((await iam.send(new GenerateCredentialReportCommand({}))).State).toBe('COMPLETE');
  const { Content, ReportFormat } = await get();
  expect(ReportFormat).toBe('text/csv');
  const [header, administrator, unused] = Buffer.from(Content ?? [])
    .toString('utf8')
    .split('\n');
  expect(header?.split(',')).toHaveLength(22);
  const columns = administrator?.split(',') ?? [];
  expect(columns[0]).toBe(administratorName);
  expect([columns[8], columns[11], columns[12]]).toEqual(['true', 'us-east-1', 'iam']);
  expect(unused).toMatch(
    /^unused,"arn:aws:iam::000000000000:user\/a,b\/unused",.*,true,[^,]*,N\/A,N\/A,N\/A,false,N\/A,/,
  );
  expect(unused).not.toMatch(/[A-Z0-9]{20}/);
});

test('S3: GetAccountAuthorizationDetails shows all identities with their policies, by kind', async () => {
  const { UserDetailList } = await endpoint.iam().send(new GetAccountAuthorizationDetailsCommand({}));
  const administrator = UserDetailList?.find(({ UserName }) => UserName === administratorName);
  expect(administrator?.UserPolicyList?.map(({ PolicyName }) => PolicyName)).toEqual(['everything']);
  const roles = await endpoint.iam().send(new GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }));
  expect(roles).toMatchObject({ UserDetailList: [], RoleDetailList: [] });
});
