id = row.id
width = row.width
