/**
 * Names in the database: snake_case columns, and constraint names that say what they constrain.
 * Keeps: the same entity always gives the same names, so migrations and the drift check agree.
 */
import { DefaultNamingStrategy, type NamingStrategyInterface, type Table } from 'typeorm';

const LIMIT = 63;

function snake(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
}

function tableName(table: Table | string): string {
  const name = typeof table === 'string' ? table : table.name;
  return name.split('.').pop() ?? name;
}

function join(prefix: string, table: Table | string, columns: string[]): string {
  return [prefix, tableName(table), ...columns.map(snake)].join('_').slice(0, LIMIT);
}

export class ProductNamingStrategy extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(propertyName: string, customName: string): string {
    return customName === '' || customName === undefined ? snake(propertyName) : customName;
  }

  override primaryKeyName(table: Table | string): string {
    return `pk_${tableName(table)}`;
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return join('uq', table, columns);
  }

  override indexName(table: Table | string, columns: string[]): string {
    return join('ix', table, columns);
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return join('fk', table, columns);
  }
}
