/* Frame behaviour: dropdown menus, dialogs, toasts, collapsed menu, theme, phone menu. Everything works without it too. */
(function () {
  "use strict";

  /* Runs `improve(root)` for the page now and for every part that htmx puts in later; it must bear a second run. */
  window.crm = {
    enhance: function (improve) {
      improve(document);
      document.addEventListener("htmx:load", function (event) { improve(event.detail.elt); });
    },
    token: function () {
      var field = document.querySelector("input[name=csrfmiddlewaretoken]");
      return field ? field.value : "";
    },
    remember: function (key, value) {
      try { window.localStorage.setItem(key, value); } catch (error) { /* storage is switched off */ }
    },
    recall: function (key) {
      try { return window.localStorage.getItem(key); } catch (error) { return null; }
    },
  };

  /* -- dropdown menus -- */
  function closeMenus(except) {
    document.querySelectorAll("details.drop[open]").forEach(function (menu) {
      if (menu !== except && !menu.contains(except)) menu.open = false;
    });
  }
  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details.drop"));
  });
  document.addEventListener("focusin", function (event) {
    closeMenus(event.target.closest("details.drop"));
  });
  document.addEventListener("keydown", function (event) {
    var menu = event.target.closest("details.drop[open]");
    if (!menu) return;
    var items = Array.from(menu.querySelectorAll(".drop__item"));
    var at = items.indexOf(document.activeElement);
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      var next = items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length];
      if (next) next.focus();
      event.preventDefault();
    }
  });

  /* -- dialogs: <a href="/page/" data-dialog="id"> leads to the page when there is no such dialog -- */
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-dialog]");
    var dialog = opener && document.getElementById(opener.dataset.dialog);
    if (dialog && dialog.showModal) {
      event.preventDefault();
      closeMenus(null);
      if (!dialog.open) dialog.showModal();
    } else if (event.target.nodeName === "DIALOG") {
      event.target.close();
    }
  });
  window.crm.enhance(function (root) {
    root.querySelectorAll("dialog[data-open]").forEach(function (dialog) {
      if (!dialog.open) dialog.showModal();
    });
  });

  /* -- toasts: good news leaves by itself, errors stay; reading or pointing at one keeps it -- */
  function dismissLater(toast) {
    var seconds = toast.querySelector("form, a") ? 20 : 8;
    var timer = null;
    function start() { timer = window.setTimeout(function () { toast.remove(); }, seconds * 1000); }
    function stop() { window.clearTimeout(timer); }
    toast.addEventListener("mouseenter", stop);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusout", start);
    start();
  }
  window.crm.enhance(function (root) {
    root.querySelectorAll("[data-toast]:not([data-ready])").forEach(function (toast) {
      toast.dataset.ready = "1";
      var close = toast.querySelector("[data-close-toast]");
      close.hidden = false;
      close.addEventListener("click", function () { toast.remove(); });
      if (!toast.matches(".toast-bar--error, .toast-bar--warning")) dismissLater(toast);
    });
  });

  /* -- menu: collapsed on large screens, a page of its own on phones -- */
  var collapse = document.querySelector("[data-collapse-menu]");
  function showCollapsed() {
    collapse.setAttribute("aria-expanded", String(document.documentElement.dataset.menu !== "collapsed"));
  }
  if (collapse) {
    collapse.hidden = false;
    showCollapsed();
    collapse.addEventListener("click", function () {
      var state = document.documentElement.dataset.menu === "collapsed" ? "open" : "collapsed";
      document.documentElement.dataset.menu = state;
      window.crm.remember("menu", state);
      showCollapsed();
    });
  }
  document.addEventListener("click", function (event) {
    var opener = event.target.closest("[data-open-menu]");
    if (!opener) return;
    if (opener.matches(".bottombar__entry") && window.location.hash === "#menu") {
      event.preventDefault();
      window.history.back();
    } else if (opener.matches(".page-head__search")) {
      window.setTimeout(function () {
        var field = document.querySelector("[data-menu-search]");
        if (field) field.focus();
      }, 50);
    }
  });

  /* -- theme: changes at once, the form tells the server in the background -- */
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-set-theme]");
    if (!button || !button.form) return;
    event.preventDefault();
    var root = document.documentElement;
    var dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
    var choice = button.dataset.setTheme;
    root.dataset.theme = choice;
    root.dataset.bsTheme = choice === "auto" ? (dark ? "dark" : "light") : choice;
    var body = new FormData(button.form);
    body.append("theme", choice);
    window.fetch(button.formAction, { method: "POST", body: body, redirect: "manual", headers: { "X-CSRFToken": window.crm.token() } });
    document.querySelectorAll("[data-set-theme]").forEach(function (other) {
      if (other.dataset.setTheme === choice) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    });
  });

  /* -- folded sections stay as they were left: <details data-remember="key"> -- */
  window.crm.enhance(function (root) {
    root.querySelectorAll("details[data-remember]:not([data-ready])").forEach(function (section) {
      section.dataset.ready = "1";
      var key = "section:" + section.dataset.remember;
      var kept = window.crm.recall(key);
      if (kept) section.open = kept === "open";
      section.addEventListener("toggle", function () { window.crm.remember(key, section.open ? "open" : "closed"); });
    });
  });
}());
