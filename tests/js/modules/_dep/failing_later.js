await 0;
throw new Error("fails later");
