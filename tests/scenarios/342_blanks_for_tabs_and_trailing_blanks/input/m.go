func f() {
	a() 
	if b {
		c()
	}
}
