/* Runs before the first paint: the theme of this browser or system, and the collapsed menu, without a flash. */
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function apply() {
    var choice = root.dataset.theme || "auto";
    root.dataset.bsTheme = choice === "auto" ? (dark.matches ? "dark" : "light") : choice;
  }
  apply();
  dark.addEventListener("change", apply);
  try {
    if (window.localStorage.getItem("menu") === "collapsed") root.dataset.menu = "collapsed";
  } catch (error) { /* storage is switched off: the menu stays open */ }
  root.classList.add("js");
}());
