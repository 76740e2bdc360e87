"""Discord's messages as a page that a browser shows: the components that the bot sends, in a likeness of a channel."""

from __future__ import annotations

import html
import re
from typing import Any

STYLE = """
body{margin:0;background:#313338;color:#dbdee1;
font:15px/1.4 'gg sans','Noto Sans','Helvetica Neue',Arial,'Noto Color Emoji','Noto Sans CJK SC',sans-serif}
.chat{width:560px;padding:14px 16px 18px}.who{font-weight:600;color:#f2f3f5;margin-bottom:5px}
.who i{font-style:normal;font-size:10px;background:#5865f2;color:#fff;border-radius:3px;padding:1px 5px;margin-left:5px}
.box{background:#2b2d31;border:1px solid #3a3c42;border-left:4px solid var(--accent,#3a3c42);border-radius:8px;
padding:10px 14px;margin:4px 0}.box.spoiler{background:#1e1f22;border-left-width:1px;color:transparent;
text-shadow:0 0 7px #dbdee1aa;max-height:3.4em;overflow:hidden;position:relative}
.box.spoiler:after{content:'SPOILER';position:absolute;left:50%;top:50%;transform:translate(-50%,-50%);font-size:11px;
font-weight:700;background:#000a;color:#fff;text-shadow:none;padding:4px 9px;border-radius:12px}
.section{display:flex;gap:12px;justify-content:space-between;align-items:flex-start;margin:7px 0}
.section>div:first-child{flex:1}h2{font-size:18px;margin:3px 0;color:#f2f3f5}h3{font-size:15px;margin:6px 0 2px}
p{margin:2px 0}small{color:#949ba4;font-size:12.5px;display:block}ul{margin:3px 0;padding-left:20px}
a{color:#00a8fc;text-decoration:none}b{color:#f2f3f5}
.row{display:flex;gap:8px;margin-top:8px;flex-wrap:wrap}
.button{background:#4e5058;color:#fff;border-radius:4px;padding:6px 13px;font-size:14px;white-space:nowrap}
.button.on{background:#248046}.button.link:after{content:' ↗';color:#c4c9ce}
.gallery{display:grid;grid-template-columns:1fr 1fr;gap:5px;margin:7px 0}.gallery svg{width:100%;border-radius:6px}
.aside{color:#949ba4;font-size:12px;margin-top:5px}
"""
_TEXT, _BUTTON, _ROW, _SECTION, _GALLERY, _CONTAINER = 10, 2, 1, 9, 12, 17


def message(components: list[dict[str, Any]], figure: str, *, aside: bool = False) -> str:
    """One message of the bot; ``figure`` is drawn for every picture."""
    inside = "".join(_component(part, figure) for part in components)
    note = '<div class="aside">👁 Only you can see this · Dismiss message</div>' if aside else ""
    return f'<div class="who">digestbot<i>APP</i></div>{inside}{note}'


def _component(part: dict[str, Any], figure: str) -> str:
    kind = part["type"]
    if kind == _TEXT:
        return markdown(part["content"])
    if kind == _CONTAINER:
        accent = part.get("accent_color")
        style = f' style="--accent:#{accent:06x}"' if accent is not None else ""
        inside = "".join(_component(one, figure) for one in part["components"])
        return f'<div class="box{" spoiler" if part.get("spoiler") else ""}"{style}>{inside}</div>'
    if kind == _SECTION:
        texts = "".join(_component(one, figure) for one in part["components"])
        return f'<div class="section"><div>{texts}</div>{_component(part["accessory"], figure)}</div>'
    if kind == _GALLERY:
        return f'<div class="gallery">{figure * len(part["items"])}</div>'
    if kind == _ROW:
        return f'<div class="row">{"".join(_component(one, figure) for one in part["components"])}</div>'
    return _button(part) if kind == _BUTTON else ""


def _button(part: dict[str, Any]) -> str:
    look = "on" if part["style"] == 3 else "link" if part["style"] == 5 else ""
    return f'<span class="button {look}">{html.escape(part["label"])}</span>'


def markdown(text: str) -> str:
    """The Markdown that the bot writes, as HTML."""
    lines = "".join(map(_line, text.split("\n")))
    return re.sub(r"(?:<li>.*?</li>)+", lambda match: f"<ul>{match[0]}</ul>", lines)


def _line(line: str) -> str:
    for mark, tag in (("### ", "h3"), ("## ", "h2"), ("-# ", "small"), ("- ", "li")):
        if line.startswith(mark):
            return f"<{tag}>{_inline(line.removeprefix(mark))}</{tag}>"
    return f"<p>{_inline(line)}</p>"


def _inline(text: str) -> str:
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[1])
        return f"\x00{len(kept) - 1}\x00"

    text = html.escape(re.sub(r"\\(.)", keep, text), quote=False)
    text = re.sub(r"\[(.+?)\]\(&lt;(.+?)&gt;\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return re.sub("\x00(\\d+)\x00", lambda match: html.escape(kept[int(match[1])], quote=False), text)
