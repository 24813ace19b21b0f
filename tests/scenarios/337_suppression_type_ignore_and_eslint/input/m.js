use(a)
