await null; throw new Error("rejected module");
