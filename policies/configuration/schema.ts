import { z } from 'zod';
import { jurisdictions } from '../../base/location.ts';
import { operations } from '../operation.ts';
import { accessPolicySchema } from './access-policy-schema.ts';
import { abilities } from '../ability.ts';
import { dateField } from './date.ts';
import {
  booleanField,
  choiceField,
  field,
  integerField,
  patternField,
  planned,
  providerError,
  section,
  textField,
} from './field.ts';
import { identityFields, noIdentity } from './identity-fields.ts';
import { Mistake, show } from './mistake.ts';
import {
  awsAccountIdField,
  awsBucketField,
  directoryField,
  durationField,
  environmentField,
  hostnameField,
  kmsKeyArnField,
  loopbackUrlField,
  nameField,
  prefixField,
  r2AccountIdField,
  r2BucketField,
  reasonField,
  regionField,
} from './value-fields.ts';

/**
 * The configuration's keys, section by section: what each takes, and which documented keys this version refuses as not
 * yet supported. What holds between keys is in requirements.ts and checks.ts; defaults that depend on others in complete.ts.
 */
const ttlDaysField = integerField({ from: 1, to: 365 });

const generationSchema = section({
  generation: integerField({ from: 1 }).default(1),
  issuedOn: dateField.optional(),
  expiresOn: dateField.optional(),
});

const credentialFields = {
  current: generationSchema.optional(),
  previous: section({
    generation: integerField({ from: 1 }),
    issuedOn: dateField,
    expiresOn: dateField.optional(),
    state: choiceField(['enabled'], ['disabled']).optional(),
  }).optional(),
  ttlDays: ttlDaysField.optional(),
  neverExpires: reasonField.optional(),
};
const plannedCredentialKeys = planned('temporary', 'deliverTo');

const credentialSchema = section(credentialFields, { ...plannedCredentialKeys, ...noIdentity });
const awsCredentialSchema = section({ ...credentialFields, ...identityFields }, plannedCredentialKeys);

const jurisdictionField = choiceField(jurisdictions).default('default');

const noCredential = { what: 'has no place on a directory', fix: 'remove it; a directory needs no credential' };

const sideSchema = z.discriminatedUnion(
  'provider',
  [
    section({
      provider: z.literal('aws'),
      bucket: awsBucketField,
      prefix: prefixField,
      region: regionField.optional(),
      accountId: awsAccountIdField.optional(),
      kmsKeyArn: kmsKeyArnField.optional(),
      requesterPays: booleanField.default(false),
      credential: awsCredentialSchema.optional(),
    }),
    section(
      {
        provider: z.literal('r2'),
        bucket: r2BucketField,
        prefix: prefixField,
        jurisdiction: jurisdictionField,
        accountId: r2AccountIdField.optional(),
        credential: credentialSchema.optional(),
      },
      { region: { what: 'has no place on R2', fix: 'remove it; R2 has jurisdictions' } },
    ),
    section({ provider: z.literal('file'), path: directoryField }, { credential: noCredential }),
  ],
  { error: providerError('aws, r2 or file') },
);

const migrationSchema = section({
  name: nameField,
  operation: choiceField(operations),
  source: sideSchema,
  destination: sideSchema,
  options: section({
    verification: choiceField(['listing', 'content']).default('listing'),
    deletesMax: integerField({ from: 0 }).optional(),
    deletesMaxPercent: integerField({ from: 0, to: 100 }).optional(),
    versions: booleanField.default(false),
    tags: booleanField.default(false),
    appendOnly: booleanField.default(false),
    serverSide: booleanField.default(false),
    tlsOnly: booleanField.default(false),
  }).prefault({}),
  afterDeploy: choiceField(['run', 'smoke-only', 'nothing']).default('run'),
  crossEnvironment: section({ reason: reasonField, until: dateField }).optional(),
});

/** What belongs to the stack's environment. A wildcard or half a name would let another environment in. */
const boundarySchema = z.discriminatedUnion(
  'provider',
  [
    section({ provider: z.literal('aws'), bucket: awsBucketField, prefix: prefixField }),
    section({ provider: z.literal('r2'), bucket: r2BucketField, prefix: prefixField }),
  ],
  { error: providerError('aws or r2') },
);

const approvedWideningSchema = section({
  access: patternField({
    example: 'media/destination, or domain/files.example.com',
    pattern: /^[a-z][a-z0-9-]*\/[a-z0-9.-]+$/,
    rule: 'a credential (migration/side) or domain/hostname',
  }),
  abilities: z.array(choiceField([...abilities, 'serve'])),
  where: textField('the place as `sluice access diff` shows it, such as r2://media/uploads/'),
  reason: reasonField,
  approvedBy: reasonField,
  until: dateField,
});

const bucketFields = { protect: booleanField.default(true), emptyOnDestroy: booleanField.default(false) };

const bucketSchema = z.discriminatedUnion(
  'provider',
  [
    section(
      { provider: z.literal('aws'), name: awsBucketField, ...bucketFields },
      planned('adopt', 'lifecycle', 'lock', 'region', 'versioning'),
    ),
    section(
      { provider: z.literal('r2'), name: r2BucketField, ...bucketFields },
      planned('adopt', 'lifecycle', 'lock', 'jurisdiction', 'locationHint', 'cors'),
    ),
  ],
  { error: providerError('aws or r2') },
);

const tlsVersions = ['1.0', '1.1', '1.2', '1.3'] as const;
const tlsField = field<(typeof tlsVersions)[number]>('a version in quotes, such as "1.2"', (value) => {
  const version = tlsVersions.find((candidate) => candidate === value);
  return version ?? new Mistake(`${show(value)} is no TLS version in quotes`, 'write "1.0", "1.1", "1.2" or "1.3"');
});

const domainSchema = section(
  {
    hostname: hostnameField,
    zone: section({ id: r2AccountIdField, name: hostnameField }),
    bucket: section({ name: r2BucketField, jurisdiction: jurisdictionField }),
    minimumTls: tlsField.default('1.2'),
    sessionDuration: durationField.default('24h'),
    policies: z.array(accessPolicySchema),
    serviceTokens: z.array(section({ name: nameField, credential: credentialSchema.optional() })).default([]),
  },
  planned('paths'),
);

const endpointsSchema = section(
  {
    aws: section({ s3: loopbackUrlField, iam: loopbackUrlField, sts: loopbackUrlField }).optional(),
    r2: section({
      default: loopbackUrlField.optional(),
      eu: loopbackUrlField.optional(),
      us: loopbackUrlField.optional(),
      fedramp: loopbackUrlField.optional(),
    }).optional(),
    edge: section({ http: loopbackUrlField.optional(), https: loopbackUrlField.optional() }).optional(),
  },
  planned('b2'),
);

const providersSchema = section(
  {
    aws: section({
      accountId: awsAccountIdField,
      partition: choiceField(['aws', 'aws-cn', 'aws-us-gov']).default('aws'),
      region: regionField,
      githubOidcProvider: choiceField(['existing', 'create']).optional(),
    }).optional(),
    r2: section({ accountId: r2AccountIdField }).optional(),
  },
  planned('b2'),
);

const smokeSchema = section({
  canaries: booleanField.default(true),
  outsideCanaries: booleanField.default(false),
  decoyBuckets: section({ aws: awsBucketField.optional(), r2: r2BucketField.optional() }, planned('b2')).prefault({}),
  greensInARow: integerField({ from: 1, to: 100 }).default(3),
  propagationTimeoutSeconds: integerField({ from: 1, to: 3600 }).default(180),
});

/** Pulumi hands plain values over as text, a stack file as what YAML reads: 1 and "1" are the same here. */
const formatField = field<1>('1', (value) =>
  value === 1 || value === '1' ? 1 : new Mistake(`${show(value)} is a format this version does not know`, 'write 1'),
);

const plannedKeys = planned('sinks', 'identityProviders');

export const configurationSchema = section(
  {
    format: formatField.default(1),
    environment: environmentField,
    providers: providersSchema,
    endpoints: endpointsSchema.optional(),
    credentialDefaults: section({ ttlDays: ttlDaysField.default(90) }, planned('temporary')).prefault({}),
    boundary: z.array(boundarySchema).default([]),
    migrations: z.array(migrationSchema).default([]),
    buckets: z.array(bucketSchema).default([]),
    domains: z.array(domainSchema).default([]),
    smoke: smokeSchema.prefault({}),
    approvedWidenings: z.array(approvedWideningSchema).default([]),
  },
  plannedKeys,
);

/** The documented keys, of this version or a later one. */
export const configurationKeys = new Set([...Object.keys(configurationSchema.shape), ...Object.keys(plannedKeys)]);

export type ConfigurationInput = z.infer<typeof configurationSchema>;
export type MigrationInput = ConfigurationInput['migrations'][number];
export type SideInput = MigrationInput['source'];
export type BucketInput = ConfigurationInput['buckets'][number];
export type DomainInput = ConfigurationInput['domains'][number];
export type CredentialInput = z.infer<typeof credentialSchema>;
export type AwsCredentialInput = z.infer<typeof awsCredentialSchema>;
