export default "computed specifier";
