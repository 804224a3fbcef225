/** The policy pack, as the Pulumi engine starts it. Its directory is the working directory: Pulumi reads package.json there. */
import policy from '@pulumi/policy';
import pulumi from '@pulumi/pulumi';
import { declaredBy } from './declared.ts';
import { policiesOf } from './pack.ts';
import { rules } from './rules/index.ts';

const declared = declaredBy(pulumi.getStack(), pulumi.runtime.allConfig());
new policy.PolicyPack('sluice-guardrails', { enforcementLevel: 'mandatory', policies: policiesOf(rules, declared) });
