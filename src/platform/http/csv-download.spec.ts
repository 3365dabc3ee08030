import fc from 'fast-check';
import { csvDownload, EXPORT_PAGE } from './csv-download.js';

/** A table of so many rows, with ids from the newest down. */
function table(size: number, limit: number, beforeId?: number) {
  const asked: number[] = [];
  const newest = beforeId === undefined ? size : Math.min(size, beforeId - 1);
  return {
    asked,
    newest,
    source: {
      names: ['id'],
      limit,
      beforeId,
      // One more than asked for, as lists read to know of the next page.
      read: (before: number | undefined, rows: number) => {
        asked.push(rows);
        const top = before === undefined ? size : Math.min(size, before - 1);
        return Promise.resolve(Array.from({ length: Math.min(rows + 1, top) }, (_, index) => ({ id: top - index })));
      },
      cells: ({ id }: { id: number }) => [id],
    },
  };
}

async function text(source: Parameters<typeof csvDownload>[0]): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await csvDownload(source)).getStream()) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString();
}

describe('CSV downloads', () => {
  it('hold each row once, newest first, up to the limit, a page at a time', async () => {
    const sizes = fc.integer({ min: 0, max: 3 * EXPORT_PAGE + 1 });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 4 * EXPORT_PAGE }),
        fc.option(sizes),
        async (size, limit, before) => {
          const { source, newest, asked } = table(size, limit, before === null ? undefined : before + 1);
          const expected = Array.from({ length: Math.min(limit, newest) }, (_, index) => String(newest - index));
          expect((await text(source)).split('\r\n')).toEqual(['id', ...expected, '']);
          expect(Math.max(...asked)).toBeLessThanOrEqual(EXPORT_PAGE);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('fail before they begin where the first page fails, and break off where a later one does', async () => {
    const { source } = table(2 * EXPORT_PAGE, 2 * EXPORT_PAGE);
    const failing = (from: number | undefined) => ({
      ...source,
      read: (before: number | undefined, rows: number) =>
        before === from ? Promise.reject(new Error('down')) : source.read(before, rows),
    });
    await expect(csvDownload(failing(undefined))).rejects.toThrow('down');
    await expect(text(failing(EXPORT_PAGE + 1))).rejects.toThrow('down');
  });
});
