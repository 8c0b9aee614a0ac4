// Unfold has no landmark for what a page is about.
addEventListener("DOMContentLoaded", () => document.getElementById("main")?.setAttribute("role", "main"));
