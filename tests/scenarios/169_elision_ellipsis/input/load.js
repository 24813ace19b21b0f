function load(id) {
  const row = db.get(id);
  return row;
}
