// A thrown value that is no error.
throw { code: 5, toString() { return "custom object"; } };
