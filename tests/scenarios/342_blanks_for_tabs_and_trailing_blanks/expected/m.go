func f() {
	a() 
	if b {
		d()
	}
}
