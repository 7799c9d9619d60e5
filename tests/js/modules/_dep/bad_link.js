import { nothing } from "./counter.js";
