/* Pickers: <select data-tom> becomes a search field; with data-url it asks the server for [{id, text, hint}].
   data-with="account" sends the value of that field along and starts anew when it changes. */
(function () {
  "use strict";
  if (!window.TomSelect) return;

  function mark(text, className) {
    var node = document.createElement("span");
    node.className = className;
    node.textContent = text;
    return node;
  }
  function optionNode(data, escape, withHint) {
    var node = document.createElement("div");
    if (data.colour) node.append(mark("", "dot dot-" + data.colour));
    node.append(mark(data.text || (withHint ? "–" : ""), "option__text"));
    if (withHint && data.hint) node.append(mark(data.hint, "option__hint"));
    return node;
  }
  function companions(select) {
    var names = (select.dataset.with || "").split(" ").filter(Boolean);
    return names.map(function (name) { return select.form && select.form.elements[name]; }).filter(Boolean);
  }
  function remote(select) {
    return function (query, done) {
      var picker = this;
      var list = this.dropdown_content;
      function finish(found) {
        list.removeAttribute("aria-busy");
        /* What an earlier query found must not stand among the new results; a late answer counts for nothing. */
        if (found && query === picker.inputValue()) picker.clearOptions();
        else found = [];
        done(found);
      }
      list.setAttribute("aria-busy", "true");
      var url = new URL(select.dataset.url, window.location.href);
      url.searchParams.set("q", query);
      companions(select).forEach(function (field) { url.searchParams.set(field.name, field.value); });
      window.fetch(url, { headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.ok ? answer.json() : []; })
        .then(function (found) { finish(found.results || found); })
        .catch(function () { finish(); });
    };
  }

  function enhanceSelect(select) {
    if (select.tomselect || select.closest("template")) return;
    var settings = {
      plugins: select.multiple ? ["remove_button"] : [],
      maxOptions: 200,
      placeholder: select.dataset.placeholder || select.getAttribute("placeholder") || "",
      allowEmptyOption: !select.required && !select.multiple,
      render: {
        option: function (data, escape) { return optionNode(data, escape, true); },
        item: function (data, escape) { return optionNode(data, escape, false); },
        no_results: function () {
          var node = mark(document.body.dataset.nothingFound || "–", "no-results");
          node.setAttribute("role", "option");
          node.setAttribute("aria-disabled", "true");
          return node;
        },
      },
    };
    if (select.multiple) {
      settings.onItemAdd = function () {
        this.setTextboxValue("");
        if (select.dataset.url) this.load("");
        else this.refreshOptions();
      };
    }
    if (select.dataset.url) {
      settings.valueField = "id";
      settings.labelField = "text";
      settings.searchField = [];
      settings.preload = "focus";
      settings.load = remote(select);
      settings.score = function () { return function () { return 1; }; };
      Array.from(select.options).forEach(function (option) { option.dataset.id = option.value; });
    }
    var picker = new window.TomSelect(select, settings);
    /* The select stays in the page behind the picker: neither the Tab key nor a screen reader shall find it. */
    select.setAttribute("aria-hidden", "true");
    select.tabIndex = -1;
    ["aria-label", "aria-describedby", "aria-invalid"].forEach(function (name) {
      if (select.hasAttribute(name)) picker.control_input.setAttribute(name, select.getAttribute(name));
    });
    picker.control_input.removeAttribute("aria-hidden");
    companions(select).forEach(function (field) {
      field.addEventListener("change", function () {
        picker.clear();
        picker.clearOptions();
        picker.load("");
      });
    });
  }

  window.crm.enhance(function (root) {
    root.querySelectorAll("select[data-tom]").forEach(enhanceSelect);
  });
}());
