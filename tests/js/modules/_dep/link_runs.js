globalThis.linked = "ran";
