"""Draws a contact sheet as one picture."""

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from galaxy.predict.sheets.sheet import Item, Sheet

_SIDE = 128
"""Pixels on a side of a picture."""
_GAP = 16
_COLUMNS = 8
_PAPER, _INK, _SOFT, _ACCENT = "#fcfcfa", "#1b1d22", "#5b606b", "#1f4e8c"

_Font = ImageFont.ImageFont | ImageFont.FreeTypeFont


def draw_sheet(sheet: Sheet) -> Image.Image:
    """Draw all groups below each other, eight pictures in a line, each at 128 px."""
    title, heading, text = (ImageFont.load_default(size) for size in (26, 19, 13))
    width = _COLUMNS * (_SIDE + _GAP) + _GAP
    canvas = Image.new("RGB", (width, _height(sheet)), _PAPER)
    draw = ImageDraw.Draw(canvas)
    draw.text((_GAP, _GAP), _fit(sheet.title, title, width - 2 * _GAP), fill=_INK, font=title)
    draw.text((_GAP, _GAP + 36), _fit(sheet.note, text, width - 2 * _GAP), fill=_SOFT, font=text)
    top = _GAP + 70
    for group in sheet.groups:
        draw.text((_GAP, top), _fit(group.heading, heading, width - 2 * _GAP), fill=_INK, font=heading)
        draw.text((_GAP, top + 26), _fit(group.note, text, width - 2 * _GAP), fill=_SOFT, font=text)
        top += 52
        items = _items(group.beside, group.items)
        for start in range(0, len(items), _COLUMNS):
            line = items[start : start + _COLUMNS]
            for column, item in enumerate(line):
                corner = (_GAP + column * (_SIDE + _GAP), top)
                picture = Image.fromarray(item.image).resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
                canvas.paste(picture, corner)
                if item is group.beside:
                    edge = (corner[0] - 3, corner[1] - 3, corner[0] + _SIDE + 2, corner[1] + _SIDE + 2)
                    draw.rectangle(edge, outline=_ACCENT, width=3)
                for number, words in enumerate((item.title, *item.lines)):
                    place = (corner[0], corner[1] + _SIDE + 6 + 16 * number)
                    draw.text(place, _fit(words, text, _SIDE), fill=_SOFT if number else _INK, font=text)
            top += _line_height(line)
    return canvas


def _items(beside: Item | None, items: Sequence[Item]) -> list[Item]:
    found = list(items)
    return found if beside is None else [beside, *found]


def _line_height(items: list[Item]) -> int:
    return _SIDE + _GAP + 8 + 16 * (1 + max(len(item.lines) for item in items))


def _height(sheet: Sheet) -> int:
    total = 2 * _GAP + 70
    for group in sheet.groups:
        items = _items(group.beside, group.items)
        total += 52 + sum(_line_height(items[start : start + _COLUMNS]) for start in range(0, len(items), _COLUMNS))
    return total


def _fit(text: str, font: _Font, width: int) -> str:
    """Shorten a text to a width in pixels; an ellipsis stands for what is left out."""
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"
