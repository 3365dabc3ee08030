/**
 * Draws a text as a small grey PNG: letters at heights of their own, on a wave, over noise. Pure: the random bytes decide.
 * Format: PNG (RFC 2083), one IDAT chunk, 8 bits of grey.
 */
import { crc32, deflateSync } from 'node:zlib';
import { GLYPHS } from './glyphs.js';

const SCALE = 5;
const CELL = 40;
const HEIGHT = 70;

/** A PNG of the text; `random` holds at least three bytes per letter and some for the noise. */
export function picture(text: string, random: Uint8Array): Buffer {
  const width = text.length * CELL + 20;
  const points = Buffer.alloc(width * HEIGHT, 255);
  const at = (index: number) => random[index % random.length] ?? 0;
  for (let index = 0; index < width * HEIGHT; index += 1) {
    points[index] = 255 - ((at(index) * (index + 7) * 31) % 90);
  }
  const phase = at(0) / 40;
  [...text].forEach((letter, place) => {
    const left = 10 + place * CELL + (at(place * 3 + 1) % 10);
    const top = 8 + (at(place * 3 + 2) % 18);
    drawLetter(points, width, letter, left, top, phase);
  });
  drawLine(points, width, at(5) % HEIGHT, at(6) % HEIGHT);
  drawLine(points, width, at(7) % HEIGHT, at(8) % HEIGHT);
  return png(points, width);
}

function drawLetter(points: Buffer, width: number, letter: string, left: number, top: number, phase: number): void {
  for (const [column, bits] of (GLYPHS[letter] ?? []).entries()) {
    for (let row = 0; row < 7; row += 1) {
      if (((bits >> row) & 1) === 0) continue;
      for (let dot = 0; dot < SCALE * SCALE; dot += 1) {
        const x = left + column * SCALE + (dot % SCALE);
        const wave = Math.round(3 * Math.sin(x / 12 + phase));
        const y = top + row * SCALE + Math.floor(dot / SCALE) + wave;
        if (y >= 0 && y < HEIGHT && x < width) points[y * width + x] = 40;
      }
    }
  }
}

function drawLine(points: Buffer, width: number, from: number, to: number): void {
  for (let x = 0; x < width; x += 1) {
    const y = Math.round(from + ((to - from) * x) / width);
    points[y * width + x] = 60;
  }
}

function png(points: Buffer, width: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(HEIGHT, 4);
  header.writeUInt8(8, 8);
  const lines = Buffer.alloc((width + 1) * HEIGHT);
  for (let y = 0; y < HEIGHT; y += 1) points.copy(lines, y * (width + 1) + 1, y * width, (y + 1) * width);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([signature, ...chunks]);
}

function chunk(type: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type), body]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}
