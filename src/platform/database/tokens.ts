/** Injection tokens of the database. */

/** The TypeORM data sources by lane. */
export const DATA_SOURCES = Symbol('DATA_SOURCES');
