import "./failing_later.js";
