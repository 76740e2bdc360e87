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
.embed{background:#2b2d31;border-left:4px solid var(--accent,#3a3c42);border-radius:4px;padding:9px 14px 12px;
margin:4px 0;max-width:490px}.embed h3{font-size:16px;margin:2px 0 5px}
.embed .foot{color:#949ba4;font-size:12px;margin-top:8px}.embed .gap{height:8px}
.embed .thumb{float:right;width:80px;margin:2px 0 6px 12px}.embed .thumb svg{width:80px;border-radius:4px}
.select{background:#1e1f22;border:1px solid #3f4147;border-radius:6px;color:#b5bac1;padding:8px 12px;font-size:14px;
max-width:400px;flex:1;display:flex;justify-content:space-between}.select:after{content:'⌄'}
.aside{color:#949ba4;font-size:12px;margin-top:5px}
"""
_TEXT, _BUTTON, _ROW, _SECTION, _GALLERY, _CONTAINER, _SELECT = 10, 2, 1, 9, 12, 17, 3


def render_message(
    components: list[dict[str, Any]],
    figure: str,
    *,
    ephemeral: bool = False,
    embeds: list[dict[str, Any]] | None = None,
    line: str = "",
) -> str:
    """One message of the bot; ``figure`` is drawn for every picture."""
    content = f"<p>{html.escape(line)}</p>" if line else ""
    content += "".join(_render_embed(embed, figure, embeds or []) for embed in embeds or [])
    content += "".join(_render_component(component, figure) for component in components)
    note = '<div class="aside">👁 Only you can see this · Dismiss message</div>' if ephemeral else ""
    return f'<div class="who">digestbot<i>APP</i></div>{content}{note}'


def _render_embed(embed: dict[str, Any], figure: str, embeds: list[dict[str, Any]]) -> str:
    """An embed; those that share its address are pictures in it."""
    shared = [other for other in embeds if other.get("url") and other.get("url") == embed.get("url")]
    if shared and shared[0] is not embed:
        return ""
    url, title = html.escape(embed.get("url", "")), _inline_to_html(embed.get("title", ""))
    linked = f'<a href="{url}">{title}</a>' if url else title
    heading = f"<h3>{linked}</h3>" if title else ""
    thumbnail = f'<div class="thumb">{figure}</div>' if embed.get("thumbnail") else ""
    pictures = [figure for other in shared or [embed] if other.get("image")]
    gallery = f'<div class="gallery">{"".join(pictures)}</div>' if pictures else ""
    footer = f'<div class="foot">{html.escape(embed["footer"]["text"])}</div>' if embed.get("footer") else ""
    text = markdown_to_html(embed.get("description", ""))
    style = f' style="--accent:#{embed["color"]:06x}"' if embed.get("color") is not None else ""
    return f'<div class="embed"{style}>{thumbnail}{heading}{text}{gallery}{footer}</div>'


def _render_component(component: dict[str, Any], figure: str) -> str:
    kind = component["type"]
    if kind == _TEXT:
        return markdown_to_html(component["content"])
    if kind == _CONTAINER:
        accent = component.get("accent_color")
        style = f' style="--accent:#{accent:06x}"' if accent is not None else ""
        content = "".join(_render_component(child, figure) for child in component["components"])
        return f'<div class="box{" spoiler" if component.get("spoiler") else ""}"{style}>{content}</div>'
    if kind == _SECTION:
        texts = "".join(_render_component(child, figure) for child in component["components"])
        return f'<div class="section"><div>{texts}</div>{_render_component(component["accessory"], figure)}</div>'
    if kind == _GALLERY:
        return f'<div class="gallery">{figure * len(component["items"])}</div>'
    if kind == _ROW:
        return (
            f'<div class="row">{"".join(_render_component(child, figure) for child in component["components"])}</div>'
        )
    return _render_button(component) if kind in (_BUTTON, _SELECT) else ""


def _render_button(button: dict[str, Any]) -> str:
    if button["type"] == _SELECT:
        return f'<span class="select">{html.escape(button["placeholder"])}</span>'
    css_class = "on" if button["style"] == 3 else "link" if button["style"] == 5 else ""
    return f'<span class="button {css_class}">{html.escape(button["label"])}</span>'


def markdown_to_html(text: str) -> str:
    """The Markdown that the bot writes, as HTML."""
    lines = "".join(map(_line_to_html, text.split("\n")))
    return re.sub(r"(?:<li>.*?</li>)+", lambda match: f"<ul>{match[0]}</ul>", lines)


def _line_to_html(line: str) -> str:
    if not line:
        return '<div class="gap"></div>'
    for mark, tag in (("### ", "h3"), ("## ", "h2"), ("-# ", "small"), ("- ", "li")):
        if line.startswith(mark):
            return f"<{tag}>{_inline_to_html(line.removeprefix(mark))}</{tag}>"
    return f"<p>{_inline_to_html(line)}</p>"


def _inline_to_html(text: str) -> str:
    escaped: list[str] = []

    def protect(match: re.Match[str]) -> str:
        escaped.append(match[1])
        return f"\x00{len(escaped) - 1}\x00"

    text = html.escape(re.sub(r"\\(.)", protect, text), quote=False)
    text = re.sub(r"\[(.+?)\]\((?:&lt;)?([^)]+?)(?:&gt;)?\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return re.sub("\x00(\\d+)\x00", lambda match: html.escape(escaped[int(match[1])], quote=False), text)
