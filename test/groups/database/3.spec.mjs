import { loadGroup } from '../../support/groups.mjs';

await loadGroup(import.meta.url);
