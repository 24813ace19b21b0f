function load(id) {
  const row = {
    ...rest
  };
  return row;
}
