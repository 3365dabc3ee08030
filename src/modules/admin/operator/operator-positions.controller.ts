/**
 * `/api/admin/positions`: everybody's positions, as a list and as a table for a spreadsheet.
 */
import { Controller, Get, Header, Query, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags, IntersectionType } from '@nestjs/swagger';
import { Allow } from '../../../platform/http/access.js';
import { csvDownload } from '../../../platform/http/csv-download.js';
import { IntegerField } from '../../../platform/http/fields.js';
import { ExportQuery, pageOf, USUAL_EXPORT } from '../../../platform/http/paging.js';
import { Answers, AnswersPage } from '../../../platform/openapi/answers.js';
import { orNull, plus } from '../../../platform/openapi/shape.js';
import { filterOf, ListPositionsQuery, PositionSearch } from '../../positions/position-search.js';
import { PositionViews } from '../../positions/position-views.service.js';
import { PositionView } from '../../positions/position.view.js';
import { type PositionListRow, PositionsRepository } from '../../positions/positions.repository.js';

class OfUser {
  @IntegerField({ required: false, fromText: true, min: 1, description: 'Of this user', example: 7 })
  user_id?: number;
}

export class AllPositionsQuery extends IntersectionType(ListPositionsQuery, OfUser) {}

export class PositionsExport extends IntersectionType(IntersectionType(PositionSearch, OfUser), ExportQuery) {}

const COLUMNS = [
  'id',
  'user_id',
  'account_id',
  'signal_id',
  'symbol',
  'side',
  'mode',
  'exchange',
  'status',
  'leverage',
  'qty',
  'remaining_qty',
  'entry_price',
  'exit_price',
  'stop_loss',
  'realised_pnl',
  'fees',
  'funding',
  'close_reason',
  'created_at',
  'opened_at',
  'closed_at',
] as const satisfies readonly (keyof PositionListRow)[];

@ApiTags('Admin')
@ApiBearerAuth()
@Controller('admin')
@Allow('admin')
export class OperatorPositionsController {
  constructor(
    private readonly positions: PositionsRepository,
    private readonly views: PositionViews,
  ) {}

  @Get('positions')
  @ApiOperation({ summary: 'Positions of everybody, newest first, with live PnL' })
  @Answers({ positions: [plus(PositionView, { user_id: 7 })], count: 1, next_before_id: orNull(12) })
  async list(@Query() { limit = 100, before_id, ...search }: AllPositionsQuery) {
    const { items, next_before_id } = pageOf(await this.#find(search, before_id, limit), limit);
    const views = await this.views.of(items);
    const positions = views.map((view, index) => ({ ...view, user_id: (items[index] as PositionListRow).user_id }));
    return { ok: true, positions, count: positions.length, next_before_id };
  }

  @Get('positions.csv')
  @Header('Content-Type', 'text/csv; charset=utf-8')
  @Header('Content-Disposition', 'attachment; filename="positions.csv"')
  @ApiOperation({ summary: 'The same as a table for a spreadsheet' })
  @AnswersPage()
  listCsv(@Query() { limit = USUAL_EXPORT, before_id, ...search }: PositionsExport): Promise<StreamableFile> {
    return csvDownload({
      names: COLUMNS,
      limit,
      beforeId: before_id,
      read: (beforeId, rows) => this.#find(search, beforeId, rows),
      cells: (row: PositionListRow) => COLUMNS.map((column) => cell(row[column])),
    });
  }

  #find(search: PositionSearch & OfUser, beforeId: number | undefined, limit: number): Promise<PositionListRow[]> {
    return this.positions.list(search.user_id ?? null, filterOf(search, beforeId, limit));
  }
}

function cell(value: PositionListRow[(typeof COLUMNS)[number]]): string | number | null {
  return value instanceof Date ? value.toISOString() : value;
}
