/** Where `npm test` has laid out the package that it built; undefined where specs are run by themselves, from the sources. */
export const BUILT = process.env.LINUX_AIO_TEST_PACKAGE;
