import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RoleIdentity, RoleTrust } from '../../policies/role-trust.ts';
import { githubJob, githubToken } from '../../scripts/github-job.ts';
import { onlyElsewhere } from '../../scripts/role-session.ts';
import type { Stack } from '../../scripts/stack.ts';

const subject = 'repo:acme/media:environment:production';
const roleFor = (trust: Partial<RoleTrust>): RoleIdentity => ({
  identity: 'role',
  trust: { principals: [], githubSubjects: [], ...trust },
  accountId: '123456789012',
  partition: 'aws',
});
const laptop = {} as Stack;

describe('S8: outside GitHub Actions', () => {
  test('a role for GitHub alone cannot be taken, and says where it can', () => {
    expect(onlyElsewhere(laptop, roleFor({ githubSubjects: [subject] }))).toMatch(
      /only a job of GitHub Actions .*production/,
    );
  });

  test('a role that trusts principals too is theirs to take', () => {
    const trust = { principals: ['arn:aws:iam::123456789012:role/deploy'], githubSubjects: [subject] };
    expect(onlyElsewhere(laptop, roleFor(trust))).toBeUndefined();
  });

  test('there is no job', () => {
    expect(githubJob(laptop, subject, {})).toBeUndefined();
  });
});

describe('S8: in a job of GitHub Actions', () => {
  let server: Server;
  let seen: { url: string | undefined; authorization: string | undefined };
  let status = 200;
  beforeAll(async () => {
    server = createServer((request, response) => {
      seen = { url: request.url, authorization: request.headers.authorization };
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ count: 1, value: 'the token' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const job = () => {
    const { port } = server.address() as AddressInfo;
    return githubJob(laptop, subject, {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'a bearer',
    });
  };

  test('its token is asked for as GitHub documents it', async () => {
    const request = job();
    expect(request && (await githubToken(request, 'sts.amazonaws.com'))).toBe('the token');
    expect(seen).toEqual({
      url: '/idtoken?api-version=2.0&audience=sts.amazonaws.com',
      authorization: 'Bearer a bearer',
    });
  });

  test('that may not have one, the error names the permission and no secret', async () => {
    status = 403;
    const request = job();
    const error =
      request && (await githubToken(request, 'sts.amazonaws.com').catch((caught: unknown) => String(caught)));
    expect(error).toMatch(/HTTP 403.*id-token: write/s);
    expect(error).not.toContain('a bearer');
  });
});
