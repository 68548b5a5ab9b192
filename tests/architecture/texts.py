"""What must not stand in the files, and what must: sizes, docstrings, header comments, forbidden words."""

import ast
import re

from tests.architecture.tree import Source

MODULE_LINES, FUNCTION_LINES, TEMPLATE_LINES = 400, 50, 150
EMPTY_NAMES = {"utils", "common", "helpers", "services", "misc", "util", "helper"}

# One letter of each word stands in brackets, so that this file does not contain what it forbids.
MARKS = re.compile(r"\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK)\b")
UNSAFE = {
    ".py": re.compile(r"\b[m]ark_safe\b|[c]srf_exempt|\.[e]xtra\(|\.[r]aw\("),
    ".html": re.compile(r"\|[s]afe\b|\|[s]afeseq\b|[a]utoescape off"),
}
REGISTRIES = re.compile(
    r"[p]ypi\.org|[p]ythonhosted\.org|[n]pmjs\.(?:org|com)|[y]arnpkg\.com|[j]sdelivr\.net|[u]npkg\.com|"
    r"[c]dnjs\.cloudflare|fonts\.[g]oogleapis|[i]ndex-url|[_]authToken"
)
THREAD_LOCAL = re.compile(r"[t]hreading\.local\b|[a]sgiref\.local")
MODEL_SIGNALS = {
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
    "pre_init",
    "post_init",
    "receiver",
}
INLINE = (
    (re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE), "a style attribute"),
    (re.compile(r"<style\b", re.IGNORECASE), "a style element"),
    (re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE), "a script without a file"),
    (re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE), "an event attribute"),
    (re.compile(r"javascript:", re.IGNORECASE), "a javascript: address"),
    (re.compile(r"\bhx-on\b|\bhx-vals\s*=\s*[\"']js:|hx-vars", re.IGNORECASE), "code in an htmx attribute"),
)
NO_HTML = re.compile(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}|{%.*?%}|{{.*?}}", re.DOTALL)
HEADER = re.compile(r"\s*(?:{%\s*extends[^%]*%}\s*)?(?:{%\s*comment\s*%}|{#)\s*\S")


def too_long(source: Source) -> list[str]:
    """A module, template or function over its limit."""
    limit = TEMPLATE_LINES if "templates/" in source.path else MODULE_LINES
    found = [f"{source.path}: {len(source.lines)} lines"] if len(source.lines) > limit else []
    if source.path.endswith(".py"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    found.append(f"{source.path}:{node.lineno} {node.name}: {length} lines")
    return found


def without_purpose(source: Source) -> list[str]:
    """A module that does not open with a sentence on what it is for; an empty __init__ needs none."""
    if not source.text.strip():
        return [] if source.path.endswith("__init__.py") else [f"{source.path} is empty"]
    docstring = ast.get_docstring(source.tree) or ""
    if not docstring:
        return [f"{source.path} has no docstring"]
    first = docstring.split("\n\n")[0].strip()
    return [] if first.endswith((".", "!", "?", ":")) else [f"{source.path}: its docstring begins with no sentence"]


def without_header(source: Source) -> list[str]:
    """A template that does not say first, or right after `extends`, what it is and which context it takes."""
    return [] if HEADER.match(source.text) else [f"{source.path} has no header comment"]


def with_empty_name(source: Source) -> list[str]:
    """A module or folder whose name says nothing about what is in it."""
    names = source.path.removesuffix(".py").split("/")
    return [f"{source.path} says nothing by its name"] if EMPTY_NAMES & set(names) else []


def lines_with(source: Source, pattern: re.Pattern, what: str) -> list[str]:
    """One entry per line of the file on which the pattern stands."""
    return [f"{source.path}:{number} has {what}" for number, line in enumerate(source.lines, 1) if pattern.search(line)]


def with_marks(source: Source) -> list[str]:
    """Notes to oneself that were left in a file."""
    return lines_with(source, MARKS, "a mark of unfinished work")


def with_registry(source: Source) -> list[str]:
    """Addresses of package registries and content networks."""
    return lines_with(source, REGISTRIES, "the address of a registry")


def with_unsafe_text(source: Source) -> list[str]:
    """Ways around escaping, token checks and the query builder."""
    ending = ".py" if source.path.endswith(".py") else ".html"
    return lines_with(source, UNSAFE[ending], "a way around a protection")


def with_hidden_state(source: Source) -> list[str]:
    """Thread-locals, and receivers of model signals (post_migrate excepted)."""
    found = lines_with(source, THREAD_LOCAL, "a thread-local")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module in {
            "django.db.models.signals",
            "django.dispatch",
        }:
            names = {name.name for name in node.names} & MODEL_SIGNALS
            found += [f"{source.path}:{node.lineno} uses {name}" for name in sorted(names)]
    return found


def with_inline_code(source: Source) -> list[str]:
    """Scripts and styles inside a page: the content security policy refuses them."""
    text = NO_HTML.sub(lambda tag: "\n" * tag.group().count("\n"), source.text)
    return [
        f"{source.path}:{text[: match.start()].count(chr(10)) + 1} has {what}"
        for pattern, what in INLINE
        for match in pattern.finditer(text)
    ]
