/* Forms: child rows, panels of a segmented choice, warning before unsaved text is lost, one submit per click. */
(function () {
  "use strict";
  var TYPED = "textarea, select, input:not([type=hidden], [type=submit], [type=button])";

  /* -- child rows: <fieldset data-formset="prefix"> -- */
  function isBlank(row) {
    return !row.querySelector("input[type=hidden][name$='-id'][value]:not([value=''])") &&
      Array.from(row.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea")).every(function (field) {
        return field.value === "";
      }) && !row.querySelector(".is-invalid, [aria-invalid=true]");
  }
  function hideRow(row) {
    row.classList.add("is-removed");
    var box = row.querySelector("input[type=checkbox][name$='-DELETE']");
    if (box && !isBlank(row)) box.checked = true;
    else row.querySelectorAll("input:not([type=hidden], [type=checkbox]), textarea").forEach(function (field) { field.value = ""; });
  }
  function formset(fieldset) {
    if (fieldset.dataset.formsetReady) return;
    fieldset.dataset.formsetReady = "1";
    var total = fieldset.querySelector("input[name$='-TOTAL_FORMS']");
    var list = fieldset.querySelector("[data-formset-rows]");
    var empty = fieldset.querySelector("[data-formset-empty]");
    var add = fieldset.querySelector("[data-formset-add]");
    function visible() { return list.querySelectorAll("[data-formset-row]:not(.is-removed)"); }
    function prepare(row) {
      var remove = row.querySelector("[data-formset-remove]");
      if (remove) remove.hidden = false;
    }
    function addRow() {
      var row = list.querySelector("[data-formset-row].is-spare");
      if (row) {
        row.classList.remove("is-spare", "is-removed");
      } else {
        var holder = document.createElement("template");
        holder.innerHTML = empty.innerHTML.replaceAll("__prefix__", total.value);
        list.append(holder.content);
        row = list.lastElementChild;
        total.value = String(Number(total.value) + 1);
        prepare(row);
        row.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: row } }));
      }
      var field = row.querySelector(TYPED);
      if (field) field.focus();
    }
    list.querySelectorAll("[data-formset-row]").forEach(function (row, index) {
      prepare(row);
      if (isBlank(row) && index > 0) row.classList.add("is-spare", "is-removed");
    });
    if (add) {
      add.hidden = false;
      add.addEventListener("click", addRow);
    }
    fieldset.addEventListener("click", function (event) {
      var button = event.target.closest("[data-formset-remove]");
      if (!button) return;
      hideRow(button.closest("[data-formset-row]"));
      var rest = visible();
      var target = rest.length ? rest[rest.length - 1].querySelector(TYPED) : add;
      if (target) target.focus();
      fieldset.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  /* -- panels: data-panel="name:value" shows while the field `name` has this value -- */
  function showPanels(root) {
    root.querySelectorAll("[data-panel]").forEach(function (panel) {
      var form = panel.closest("form") || document;
      var shown = panel.dataset.panel.split(" ").some(function (condition) {
        var name = condition.slice(0, condition.lastIndexOf(":"));
        var value = condition.slice(condition.lastIndexOf(":") + 1);
        var fields = Array.from(form.querySelectorAll('[name="' + CSS.escape(name) + '"]'));
        return fields.some(function (field) {
          return field.matches("[type=radio], [type=checkbox]") ? field.checked && field.value === value : field.value === value;
        });
      });
      panel.classList.toggle("is-shown", shown);
      panel.querySelectorAll("[required], [data-required]").forEach(function (field) {
        if (!shown && field.required) { field.dataset.required = "1"; field.required = false; }
        if (shown && field.dataset.required) field.required = true;
      });
    });
  }
  document.addEventListener("change", function (event) {
    if (event.target.name) showPanels(event.target.closest("form") || document);
  });

  /* -- unsaved text: every POST form of the page that is typed in, unless it says data-no-warn -- */
  var dirty = new Set();
  document.addEventListener("input", function (event) {
    var form = event.target.closest("main form");
    if (form && form.method === "post" && !form.matches("[data-no-warn]") && !event.target.matches("[data-bulk-item], [data-bulk-master], [data-bulk-all]")) dirty.add(form);
  });
  window.addEventListener("beforeunload", function (event) {
    var lost = Array.from(dirty).some(function (form) { return form.isConnected; });
    if (lost) event.preventDefault();
  });

  /* -- one submit per click: the second one within the same page is dropped -- */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    dirty.delete(form);
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    form.dataset.busy = "1";
    if (event.submitter) {
      event.submitter.classList.add("is-busy");
      event.submitter.setAttribute("aria-busy", "true");
    }
    if (form.matches("[data-download], [target=_blank]")) window.setTimeout(release, 2000);
  });
  function release() {
    document.querySelectorAll("form[data-busy]").forEach(function (form) { delete form.dataset.busy; });
    document.querySelectorAll(".is-busy").forEach(function (button) {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-busy");
    });
  }
  window.addEventListener("pageshow", release);

  /* -- the first field in error gets the focus; not the cells of a dry run, whose counts come first -- */
  var wrong = document.querySelector("main :is(.is-invalid, [aria-invalid=true]):not(fieldset, .fixes *)");
  if (wrong) (wrong.tomselect || wrong).focus();

  /* -- composer: another kind of entry keeps what was typed, and the cursor stands in its first field -- */
  var written = {};
  window.crm.write = function () {
    var field = document.querySelector("#composer :is(textarea, input[name=subject])");
    if (field) field.focus();
    return Boolean(field);
  };
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (event.detail.target.id !== "composer") return;
    event.detail.target.querySelectorAll("[name=subject], [name=body]").forEach(function (field) {
      written[field.name] = field.value;
    });
  });
  document.addEventListener("htmx:load", function (event) {
    if (event.detail.elt.id !== "composer") return;
    event.detail.elt.querySelectorAll("[name=subject], [name=body]").forEach(function (field) {
      if (field.value || !written[field.name]) return;
      field.value = written[field.name];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    window.crm.write();
  });
  /* Going to #composer takes the focus away from any field, once the page is there. */
  if (!wrong && window.location.hash === "#composer") {
    window.addEventListener("load", function () { window.setTimeout(window.crm.write); });
  }

  /* A table row that was replaced by the answer to one of its buttons gets the focus: Tab goes on from there. */
  document.addEventListener("htmx:afterSettle", function (event) {
    var row = event.detail.elt;
    if (document.activeElement === document.body && row.matches("tr[tabindex]")) row.focus();
  });

  window.crm.enhance(function (root) {
    root.querySelectorAll("[data-formset]").forEach(formset);
    showPanels(root);
  });
}());
