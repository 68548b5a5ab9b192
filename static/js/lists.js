/* Lists: selection with its bar, order by dragging. Without it each box, button and arrow posts by itself. */
(function () {
  "use strict";

  /* -- selection: a form with boxes data-bulk-item and a master data-bulk-master -- */
  function selection(form) {
    if (form.dataset.bulkReady) return;
    form.dataset.bulkReady = "1";
    var master = form.querySelector("[data-bulk-master]");
    var bar = form.querySelector("[data-bulk-bar]");
    var last = null;
    function items() { return Array.from(form.querySelectorAll("[data-bulk-item]")); }
    function show() {
      var all = items();
      var chosen = all.filter(function (box) { return box.checked; }).length;
      if (master) {
        master.checked = chosen > 0 && chosen === all.length;
        master.indeterminate = chosen > 0 && chosen < all.length;
      }
      if (!bar) return;
      bar.classList.toggle("is-shown", chosen > 0);
      var every = bar.querySelector("[data-bulk-all]");
      if (every && chosen < all.length) every.checked = false;
      bar.querySelector("[data-bulk-count]").textContent = every && every.checked ? every.dataset.total || "" : String(chosen);
    }
    form.addEventListener("click", function (event) {
      var box = event.target.closest("[data-bulk-item]");
      if (box && event.shiftKey && last) {
        var all = items();
        var ends = [all.indexOf(last), all.indexOf(box)].sort(function (a, b) { return a - b; });
        all.slice(ends[0], ends[1] + 1).forEach(function (other) { other.checked = box.checked; });
        show();
      }
      if (box) last = box;
      if (event.target.closest("[data-bulk-clear]")) {
        items().forEach(function (other) { other.checked = false; });
        show();
      }
    });
    form.addEventListener("change", function (event) {
      if (event.target === master) items().forEach(function (box) { box.checked = master.checked; });
      if (event.target.matches("[data-bulk-all]") && event.target.checked) {
        items().forEach(function (box) { box.checked = true; });
      }
      show();
    });
    if (bar) bar.querySelector("[data-bulk-clear]").hidden = false;
    if (master) master.hidden = false;
    show();
  }

  /* -- order: <tbody data-sortable="/address/"> posts every data-id in its order as `order` -- */
  function sortable(list) {
    if (list.dataset.sortableReady || !window.Sortable) return;
    list.dataset.sortableReady = "1";
    window.Sortable.create(list, {
      handle: "[data-grip]",
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onEnd: function (event) {
        if (event.oldIndex === event.newIndex) return;
        var body = new FormData();
        list.querySelectorAll("[data-id]").forEach(function (row) { body.append("order", row.dataset.id); });
        window.fetch(list.dataset.sortable, { method: "POST", body: body, headers: { "X-CSRFToken": window.crm.token() } })
          .then(function (answer) { if (!answer.ok) window.location.reload(); })
          .catch(function () { window.location.reload(); });
      },
    });
  }

  window.crm.enhance(function (root) {
    root.querySelectorAll("[data-bulk-item]").forEach(function (box) { if (box.form) selection(box.form); });
    root.querySelectorAll("[data-sortable]").forEach(sortable);
  });

  /* -- a choice that filters: <select data-autosubmit> -- */
  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });
}());
