/* Keyboard shortcuts, never inside a field; switched off by data-keys="off" on the help dialog. */
(function () {
  "use strict";
  var help = document.getElementById("shortcuts");
  if (!help) return;
  var enabled = help.dataset.keys !== "off";
  var prefix = "";
  var forget = null;

  function isTyping(element) {
    return Boolean(element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable=true]"));
  }
  function follow(link) {
    if (link) window.location.assign(link.href);
    return Boolean(link);
  }
  function waitAfter(key) {
    prefix = key;
    window.clearTimeout(forget);
    forget = window.setTimeout(function () { prefix = ""; }, 1500);
  }

  /* -- rows: j and k move the focus to the next row's link, x ticks its box -- */
  function rows() {
    return Array.from(document.querySelectorAll("[data-rows] tbody tr, ul[data-rows] > li")).filter(function (row) {
      return row.offsetParent !== null && row.querySelector("a");
    });
  }
  function currentRow() {
    return document.querySelector("[data-rows] .is-current");
  }
  function moveRow(step) {
    var all = rows();
    if (!all.length) return;
    var now = currentRow();
    var at = Math.min(Math.max(all.indexOf(now) + step, 0), all.length - 1);
    if (now) now.classList.remove("is-current");
    all[at].classList.add("is-current");
    all[at].querySelector("a").focus();
    all[at].scrollIntoView({ block: "nearest" });
  }
  function tickRow() {
    var box = currentRow() && currentRow().querySelector("input[type=checkbox]");
    if (box) box.click();
  }

  function openPalette() {
    var palette = document.getElementById("palette");
    var field = palette ? palette.querySelector("input") : document.querySelector("[data-search]");
    if (palette && !palette.open) palette.showModal();
    if (!field) return;
    field.focus();
    field.select();
    if (palette) field.dispatchEvent(new Event("palette-open"));
  }
  function press(key) {
    var target = document.querySelector('[data-key-target="' + key + '"]');
    if (!target) return false;
    if (target.matches("textarea, input")) target.focus();
    else if (target.matches("#composer [aria-current]")) window.crm.write();
    else target.click();
    return true;
  }

  var actions = {
    "/": function () {
      var field = document.querySelector("[data-search]");
      if (field) { field.focus(); field.select(); }
    },
    "?": function () { help.showModal(); },
    "c": function () {
      var menu = document.querySelector("details[data-create]");
      if (!menu) return;
      menu.open = true;
      menu.querySelector(".drop__item").focus();
      waitAfter("c");
    },
    "g": function () { waitAfter("g"); },
    "j": function () { moveRow(1); },
    "k": function () { moveRow(-1); },
    "x": tickRow,
  };

  document.addEventListener("keydown", function (event) {
    var control = event.ctrlKey || event.metaKey;
    if (control && event.key === "Enter") {
      var form = event.target.closest("form");
      if (form && form.method === "post") { event.preventDefault(); form.requestSubmit(); }
      return;
    }
    if (!enabled || event.defaultPrevented) return;
    if (control && event.key.toLowerCase() === "k") { event.preventDefault(); openPalette(); return; }
    if (control || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    var key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    var before = prefix;
    prefix = "";
    if (before === "g") {
      var home = key === "h" && document.querySelector(".menu__firm");
      if (follow(home || document.querySelector('[data-go] [data-key="' + key + '"]'))) event.preventDefault();
    } else if (before === "c" && follow(document.querySelector('[data-create-key="' + key + '"]'))) {
      event.preventDefault();
    } else if (actions[key]) {
      event.preventDefault();
      actions[key]();
    } else if ("ent[]".includes(key) && press(key)) {
      event.preventDefault();
    }
  });

  /* -- inside the palette: arrows choose, Enter opens, Ctrl+Enter opens a new tab -- */
  var palette = document.getElementById("palette");
  if (!palette) return;
  function options() { return Array.from(palette.querySelectorAll("[role=option]")); }
  function choose(at) {
    options().forEach(function (option, index) {
      option.setAttribute("aria-selected", String(index === at));
      if (index === at) option.scrollIntoView({ block: "nearest" });
    });
  }
  palette.addEventListener("htmx:afterSwap", function () { choose(0); });
  palette.addEventListener("keydown", function (event) {
    var all = options();
    var at = all.findIndex(function (option) { return option.getAttribute("aria-selected") === "true"; });
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose((at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % Math.max(all.length, 1));
    } else if (event.key === "Enter" && all[at]) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(all[at].href, "_blank", "noopener");
      else follow(all[at]);
    }
  });
}());
