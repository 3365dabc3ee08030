import { botOfSource, HOUSE_BOTS, houseBotOf, houseSourceCode } from './house.js';

describe('the bots of the house', () => {
  it.each([
    ['SCALPING', 'SCALPER'],
    ['scalper', 'SCALPER'],
    [' Trend ', 'TREND'],
    ['qfl', 'QFL'],
    ['AI/ML', 'AI_ML'],
    ['ai-ml', 'AI_ML'],
    ['constructor', undefined],
    ['FUSION', undefined],
  ])('%p is %p', (text, bot) => {
    expect(houseBotOf(text)).toBe(bot);
  });

  it('post as sources of their own, which lead back to them', () => {
    expect(HOUSE_BOTS.map(houseSourceCode)).toEqual(['house:scalper', 'house:trend', 'house:qfl', 'house:ai_ml']);
    for (const bot of HOUSE_BOTS) expect(botOfSource(houseSourceCode(bot))).toBe(bot);
    expect(botOfSource('house')).toBeUndefined();
  });
});
