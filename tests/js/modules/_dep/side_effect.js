import "./side_effect2.js";
(globalThis.order ??= []).push("one");
