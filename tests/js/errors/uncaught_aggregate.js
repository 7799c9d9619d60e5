// The errors of an AggregateError are shown, and what is no error is shown as the console shows it.
Promise.any([Promise.reject(new TypeError("first")), Promise.reject({ code: 2 })]);
