log()
log()
