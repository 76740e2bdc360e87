"""Telegram's messages as a page that a browser shows: the HTML that the bot sends, in a likeness of a chat."""

from __future__ import annotations

import html
import re

from digestbot.domain.subscription import CardStyle
from digestbot.platforms.telegram.outgoing.classic import find_preview_url
from digestbot.platforms.telegram.outgoing.message import OutgoingMessage

STYLE = """
body{margin:0;--text:#111;--bubble:#fff;--link:#1c7ed6;--quote:#eef6fd;--line:#4d9be6;--muted:#7c8a96;--soft:#eaf3fc;
--own:#e3fbd3;--key:#5b8a9fcc;--from:#cfe0d2;--to:#b9d3dd;--code:#a3334f;color:var(--text);
font:15px/1.38 -apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Color Emoji','Noto Sans CJK SC',sans-serif}
body.dark{--text:#e9eef3;--bubble:#182533;--link:#6ab3f3;--quote:#203448;--line:#6ab3f3;--muted:#7f91a4;--soft:#223a52;
--own:#2b5278;--key:#2b4257cc;--from:#0e1621;--to:#101d2b;--code:#f1a3b5}
.chat{width:430px;box-sizing:border-box;padding:16px 12px 20px;
background:linear-gradient(160deg,var(--from),var(--to))}
.bubble{background:var(--bubble);margin-top:6px;
border-radius:14px 14px 14px 4px;padding:9px 12px;box-shadow:0 1px 1px #0002}
.asked{background:var(--own);margin:10px 0 4px 70px;border-radius:14px 14px 4px 14px;padding:8px 12px;
width:fit-content;margin-left:auto;box-shadow:0 1px 1px #0002;overflow-wrap:anywhere}
h2{font-size:18px;margin:2px 0 6px}h3,h4{font-size:15px;margin:8px 0 2px}p{margin:5px 0}
ul,ol{margin:5px 0;padding-left:22px}li{margin:2px 0}a{color:var(--link);text-decoration:none}
details{border-left:3px solid var(--quote);padding:1px 0 1px 9px;margin:7px 0}
summary{cursor:pointer;list-style-position:outside}
details details{border-color:var(--soft);margin:4px 0}footer{color:var(--muted);font-size:13px;margin-top:8px}
.math{font-family:'STIX Two Math','Latin Modern Math',Cambria,serif;font-style:italic}
.slides{position:relative}.slides:after{content:'\\25CF \\25CB';position:absolute;bottom:8px;left:0;right:0;
text-align:center;color:#fff;font-size:10px;letter-spacing:4px}
.figure{display:block;width:100%;border-radius:8px;margin:5px 0}
.row{display:flex;gap:5px;margin-top:5px}.row span{flex:1;text-align:center;padding:7px 4px;border-radius:9px;
background:var(--soft);color:var(--link);font-size:14px;white-space:nowrap}
.keys .row span{background:var(--key);
overflow:hidden;text-overflow:ellipsis;color:#fff}
blockquote{margin:4px 0;padding:3px 8px;border-left:3px solid var(--line);
background:var(--quote);border-radius:4px;white-space:pre-line}.classic{white-space:pre-line;overflow-wrap:break-word}
blockquote.folded{position:relative;padding-right:22px}blockquote.folded div{display:-webkit-box;overflow:hidden;
-webkit-line-clamp:3;-webkit-box-orient:vertical}
blockquote.folded:after{content:'\\2304';position:absolute;right:7px;bottom:3px;color:var(--line)}
pre{margin:4px 0;white-space:pre-wrap;overflow-wrap:anywhere}
code{font:13.5px "Noto Sans Mono","DejaVu Sans Mono","Noto Sans Mono CJK SC",monospace;color:var(--code)}
.above{margin:-3px -6px 7px}.photos{display:grid;grid-template-columns:1fr 1fr;gap:3px;margin:-4px -7px 6px}
"""
FIGURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 170">
<rect width="400" height="170" fill="#f4f7fa"/>
<g fill="none" stroke-width="3"><path stroke="#1c7ed6" d="M30 140C90 130 110 60 170 52S300 40 370 30"/>
<path stroke="#e8590c" d="M30 145C100 142 130 100 190 92S310 78 370 72"/></g>
<g stroke="#9aa7b3" fill="none"><path d="M30 15v135h350"/></g></svg>"""


def to_browser_html(text: str) -> str:
    """Telegram's HTML as a browser shows it."""
    text = re.sub(r"<tg-math>(.*?)</tg-math>", lambda m: f'<span class="math">{_formula_to_html(m[1])}</span>', text)
    text = re.sub(r"<tg-button [^>]*>(.*?)</tg-button>", r"<span>\1</span>", text)
    text = text.replace("<tg-button-row>", '<div class="row">').replace("</tg-button-row>", "</div>")
    text = re.sub(r"<tg-slideshow>(<img[^>]*>).*?</tg-slideshow>", r'<div class="slides">\1</div>', text)
    text = text.replace("</blockquote>\n", "</blockquote>")  # a quotation is a block: its line ends by itself
    text = text.replace("\n<blockquote", "<blockquote")
    text = re.sub(r"<blockquote expandable>(.*?)</blockquote>", _fold_quotation, text, flags=re.DOTALL)
    return re.sub(r"<img [^>]*>", FIGURE.replace("<svg ", '<svg class="figure" '), text)


def _fold_quotation(match: re.Match[str]) -> str:
    """An expandable quotation: three lines of it, until it is tapped."""
    return f'<blockquote class="folded"><div>{match[1]}</div></blockquote>'


def _formula_to_html(source: str) -> str:
    text = re.sub(r"\\mathrm\{(.*?)\}", r"\1", source).replace(r"\times", "×")
    text = re.sub(r"\^\{(.*?)\}|\^(\w)", lambda m: f"<sup>{m[1] or m[2]}</sup>", text)
    return re.sub(r"_\{(.*?)\}|_(\w)", lambda m: f"<sub>{m[1] or m[2]}</sub>", text)


def render_question(text: str) -> str:
    """What a person wrote."""
    return f'<div class="asked">{html.escape(text)}</div>'


def render_bubble(message: OutgoingMessage) -> str:
    """One message with its keyboard."""
    rows = "".join(f'<div class="row">{"".join(map(_render_button, row))}</div>' for row in message.keyboard)
    is_classic = message.style is CardStyle.CLASSIC
    css_class = "bubble classic" if is_classic else "bubble"
    pictures = _render_pictures(message) if is_classic else ""
    return f'<div class="{css_class}">{pictures}{to_browser_html(message.text)}</div><div class="keys">{rows}</div>'


def _render_pictures(message: OutgoingMessage) -> str:
    """An album's photos, or the preview above the text."""
    picture = FIGURE.replace("<svg ", '<svg class="figure" ')
    if message.is_album:
        return f'<div class="photos">{picture * len(message.photos.figures)}</div>'
    return f'<div class="above">{picture}</div>' if find_preview_url(message.card) else ""


def _render_button(button: dict[str, object]) -> str:
    return f"<span>{html.escape(str(button['text']))}</span>"
