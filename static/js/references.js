/* Cross-reference cards: a role chosen with the pointer is saved at once, one chosen by keyboard with the button Save
   that appears in its row; the button that adds says how many. Without scripts each row has its button all the time. */
(function () {
  "use strict";
  var byPointer = false;
  document.addEventListener("pointerdown", function () { byPointer = true; }, true);
  document.addEventListener("keydown", function () { byPointer = false; }, true);

  document.addEventListener("change", function (event) {
    if (!event.target.matches("[data-ref-role]")) return;
    if (byPointer) event.target.form.requestSubmit(event.target.closest("tr").querySelector(".refs__save"));
    else event.target.closest("tr").classList.add("is-dirty");
  });

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-ref-choice]").forEach(function (select) {
      var button = select.form.querySelector("[data-ref-add]");
      var label = button.textContent;
      select.addEventListener("change", function () {
        var number = select.selectedOptions.length;
        button.textContent = number ? label + " (" + number + ")" : label;
      });
    });
  });
}());
