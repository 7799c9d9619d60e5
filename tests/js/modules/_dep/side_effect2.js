(globalThis.order ??= []).push("two");
