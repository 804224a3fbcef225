import assert from 'node:assert/strict';
import type { AccessKeys } from '../../engine/place.ts';
import type { CloudName } from './step.ts';

/**
 * Who asks:
 * - administrator: may do everything in the account.
 * - reader: may list and read; on S3 below `uploads/` only, on R2 (which knows no prefixes) in its bucket.
 * - writer: on S3 may list and write below `uploads/`, and neither read nor delete; on R2 Object Read & Write, which does both.
 * - impostor: the writer's key id with another secret.
 * - stranger: a key id that nobody has.
 */
export const roles = ['administrator', 'reader', 'writer', 'impostor', 'stranger'] as const;
export type Role = (typeof roles)[number];

/** Two buckets of one client on one cloud, and what it signs with. Reader and writer are granted `bucket` only. */
export interface Place {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly otherBucket: string;
  readonly keys: Readonly<Record<Role, AccessKeys>>;
}

/** A cloud whose buckets are spoken to with S3's protocol. */
export type StorageName = Exclude<CloudName, 'API'>;

/** The places of one client on those of `clouds` that store objects. Asking for another place is a bug. */
export async function placesOf(
  world: World,
  clouds: readonly CloudName[],
  client: string,
): Promise<(cloud: StorageName) => Place> {
  const places = new Map<CloudName, Place>();
  for (const cloud of clouds) if (cloud !== 'API') places.set(cloud, await world.place(cloud, client));
  return (cloud) => {
    const place = places.get(cloud);
    assert(place, `no step of ${cloud} is to run`);
    return place;
  };
}

/** What a scenario runs against. */
export interface World {
  /** Makes the buckets and credentials of a client, as a user would: through S3, IAM and Cloudflare's API. */
  place(cloud: StorageName, client: string): Promise<Place>;
  /** Cloudflare's API. Absent where a single S3 server is asked. */
  readonly cloudflare?: CloudflareWorld;
  /** Downloaded programs. */
  readonly programs: Programs;
}

/** A world that was started for a run. */
export interface OpenWorld extends World {
  /** Stops it and removes what it stored. */
  close(): Promise<void>;
}

export interface CloudflareWorld {
  readonly baseUrl: string;
  readonly accountId: string;
  readonly apiToken: string;
  readonly zone: { readonly id: string; readonly name: string };
  readonly r2Endpoints: Readonly<Record<'default' | 'eu', string>>;
}

/** Where the clients that do not come with npm are; each is got when it is first asked for. */
export interface Programs {
  /** A folder of Python modules: `boto3`, `awscli`. */
  readonly pythonModules: () => Promise<string>;
  readonly rclone: () => Promise<string>;
  readonly s5cmd: () => Promise<string>;
}
