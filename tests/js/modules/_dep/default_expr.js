export default "expression " + 1;
