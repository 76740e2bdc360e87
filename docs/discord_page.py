"""Discord's messages as a page that a browser shows: the components that the bot sends, in a likeness of a channel."""

from __future__ import annotations

import html
import re
from typing import Any

STYLE = """
body{margin:0;--page:#fff;--text:#2e3338;--strong:#060607;--box:#f2f3f5;--border:#dcdee1;--muted:#5c5e66;--link:#006ce7;
--button:#e3e5e8;--key:#313338;--select:#fff;--code:#e3e5e8;color:var(--text);
font:15px/1.4 'gg sans','Noto Sans','Helvetica Neue',Arial,'Noto Color Emoji','Noto Sans CJK SC',sans-serif}
body.dark{--page:#313338;--text:#dbdee1;--strong:#f2f3f5;--box:#2b2d31;--border:var(--border);--muted:#949ba4;--link:#00a8fc;
--button:#4e5058;--key:#fff;--select:#1e1f22;--code:#1e1f22}
.chat{width:412px;flex:none;box-sizing:border-box;background:var(--page);
padding:14px 16px 18px}.who{font-weight:600;color:var(--strong);margin-bottom:5px}
.who i{font-style:normal;font-size:10px;background:#5865f2;color:#fff;border-radius:3px;padding:1px 5px;margin-left:5px}
.box{background:var(--box);border:1px solid #3a3c42;border-left:4px solid var(--accent,var(--border));border-radius:8px;
padding:10px 14px;margin:4px 0}
.section{display:flex;gap:12px;justify-content:space-between;align-items:flex-start;margin:7px 0}
.section>div:first-child{flex:1}h2{font-size:18px;margin:3px 0;color:var(--strong)}h3{font-size:15px;margin:6px 0 2px}
pre{background:var(--code);border:1px solid var(--border);border-radius:4px;padding:7px 9px;margin:4px 0;
font:13px/1.35 'Noto Sans Mono','DejaVu Sans Mono',monospace;white-space:pre-wrap;overflow-wrap:anywhere}
p{margin:2px 0}small{color:var(--muted);font-size:12.5px;display:block}ul{margin:3px 0;padding-left:20px}
a{color:var(--link);text-decoration:none}b{color:var(--strong)}
.row{display:flex;gap:8px;margin-top:8px;flex-wrap:wrap}
.button{background:var(--button);color:var(--key);border-radius:4px;padding:6px 13px;font-size:14px;white-space:nowrap}
.button.on{background:#248046;color:#fff}.button.link:after{content:' ↗';color:#c4c9ce}
.gallery{display:grid;grid-template-columns:repeat(auto-fit,minmax(45%,1fr));gap:5px;margin:7px 0}
.gallery svg{width:100%;border-radius:6px}
.embed{background:var(--box);border-left:4px solid var(--accent,var(--border));border-radius:4px;padding:9px 14px 12px;
margin:4px 0;max-width:490px}.embed h3{font-size:16px;margin:2px 0 5px}
.embed .foot{color:var(--muted);font-size:12px;margin-top:8px}.embed .gap{height:8px}
.embed .thumb{float:right;width:80px;margin:2px 0 6px 12px}.embed .thumb svg{width:80px;border-radius:4px}
.select{background:var(--select);border:1px solid var(--border);border-radius:6px;color:var(--muted);
padding:8px 12px;font-size:14px;
max-width:400px;flex:1;display:flex;justify-content:space-between}.select:after{content:'⌄'}
code{background:var(--code);border-radius:4px;padding:1px 5px;
font:12px 'Noto Sans Mono','DejaVu Sans Mono','Noto Sans Mono CJK SC',monospace}
.section .thumbnail svg{width:76px;border-radius:6px}
.box>.text+.text{margin-top:8px}
.aside{color:var(--muted);font-size:12px;margin-top:5px}
"""
_TEXT, _BUTTON, _ROW, _SECTION, _GALLERY, _CONTAINER, _SELECT, _THUMBNAIL = 10, 2, 1, 9, 12, 17, 3, 11


_CODE_BLOCK = re.compile(r"```\w*\n(.*?)\n?```", re.DOTALL)


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
        return f'<div class="text">{markdown_to_html(component["content"])}</div>'
    if kind == _CONTAINER:
        accent = component.get("accent_color")
        style = f' style="--accent:#{accent:06x}"' if accent is not None else ""
        content = "".join(_render_component(child, figure) for child in component["components"])
        return f'<div class="box"{style}>{content}</div>'
    if kind == _SECTION:
        texts = "".join(_render_component(child, figure) for child in component["components"])
        return f'<div class="section"><div>{texts}</div>{_render_component(component["accessory"], figure)}</div>'
    if kind in (_GALLERY, _THUMBNAIL):
        name, count = ("gallery", len(component["items"])) if kind == _GALLERY else ("thumbnail", 1)
        return f'<div class="{name}">{figure * count}</div>'
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
    if fenced := _CODE_BLOCK.search(text):
        before, after = text[: fenced.start()].rstrip("\n"), text[fenced.end() :].lstrip("\n")
        parts = (
            before and markdown_to_html(before),
            f"<pre>{html.escape(fenced[1])}</pre>",
            after and markdown_to_html(after),
        )
        return "".join(parts)
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

    text = re.sub(r"`([^`]+)`", lambda match: f"\x01{protect(match)}\x02", text)
    text = html.escape(re.sub(r"\\(.)", protect, text), quote=False)
    text = text.replace("\x01", "<code>").replace("\x02", "</code>")
    text = re.sub(r"\[(.+?)\]\((?:&lt;)?([^)]+?)(?:&gt;)?\)", r'<a href="\2">\1</a>', text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text)
    return re.sub("\x00(\\d+)\x00", lambda match: html.escape(escaped[int(match[1])], quote=False), text)
