import { optionalText, type Properties } from '../provider/property-value.ts';
import type { AwsCloud } from './cloud.ts';

/** S3 types have a region of their own; Check fills in the provider's, so that stored inputs hold it. */
export function ownRegion(inputs: Properties, cloud: AwsCloud): Properties {
  return { region: inputs['region'] ?? cloud.region };
}

/** The resource's own region, or else the provider's. */
export function regionOf(properties: Properties, cloud: AwsCloud): string {
  return optionalText(properties, 'region') ?? cloud.region;
}
