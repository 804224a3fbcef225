/**
 * The package that makes certificates. Loaded where one is made, which most starts do not: it takes as long as the rest of one.
 *
 * tsyringe, which wires it up, refuses to load where these three are missing (reflect-metadata would bring them). It asks
 * them for the arguments of decorated constructors, and no constructor of this package has any.
 */
export async function certificatePackage() {
  if (!('getMetadata' in Reflect)) {
    Object.assign(Reflect, {
      getMetadata: () => undefined,
      getOwnMetadata: () => undefined,
      defineMetadata: () => undefined,
    });
  }
  return import('@peculiar/x509');
}
