let let = 1; export {};
